// Looks after our own side: what went wrong here is written down, and what the probing threads cannot see by themselves
// is told to them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "daemon/config/config.h"
#include "daemon/service/fault_log.h"
#include "daemon/service/heap_trim.h"
#include "daemon/service/logging.h"
#include "daemon/service/source_watch.h"
#include "daemon/service/way_news.h"
#include "daemon/store/snapshot.h"

namespace blipd {

/// Hosts of a configuration that say by which ways we probe: references, and one of each of the first networks.
SourceWatch::Ways ways_of(const Config& config);

/// Control thread, whose loop `io` is.
class OwnSide {
 public:
  /// `own_fault` is told of spans over which silence is our own fault.
  OwnSide(boost::asio::io_context& io, Log& log, std::function<void(Instant from, Instant to)> own_fault);

  /// Once a second: a snapshot that was not seen before, how often the web server could accept no connection, and the
  /// configuration that runs.
  void look(const Snapshot& snapshot, std::uint64_t accept_failures, const Config& config);

 private:
  void wait_for_news();
  void read_news();
  void tell(const std::optional<SourceWatch::Change>& change);

  Log& log_;
  std::function<void(Instant from, Instant to)> own_fault_;
  FaultLog faults_;
  SourceWatch sources_;
  HeapTrim trim_{HeapTrim::heap()};
  std::optional<WayNews> news_;                 ///< none: the kernel does not tell, and we look once a second
  boost::asio::posix::stream_descriptor wait_;  ///< of the same socket
  Instant news_read_{};                         ///< all that was lost up to then
  std::optional<Instant> link_told_;            ///< when the log was last told of an interface or a route
};

}  // namespace blipd

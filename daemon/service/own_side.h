// Looks after our own side, once a second: what went wrong here is written down, and what the probing thread cannot see
// by itself is told to it.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "daemon/service/fault_log.h"
#include "daemon/service/logging.h"
#include "daemon/service/source_watch.h"
#include "daemon/store/snapshot.h"

namespace blipd {

/// Control thread.
class OwnSide {
 public:
  /// `own_fault` is told of spans over which silence is our own fault.
  OwnSide(Log& log, std::function<void(Instant from, Instant to)> own_fault)
      : log_(log), own_fault_(std::move(own_fault)), faults_(log), sources_(SourceWatch::kernel()) {}

  /// A snapshot that was not seen before, how often the web server could accept no connection, and our references.
  void look(const Snapshot& snapshot, std::uint64_t accept_failures, const std::vector<Address>& references);

 private:
  Log& log_;
  std::function<void(Instant from, Instant to)> own_fault_;
  FaultLog faults_;
  SourceWatch sources_;
};

}  // namespace blipd

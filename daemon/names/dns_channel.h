// Asks name servers, through c-ares, on an io_context. Nothing outside the source file knows c-ares.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/names/lookup.h"
#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

struct DnsChannelOptions {
  std::vector<std::string> servers;  ///< "address:port", "[address]:port"; empty: those of `resolv_conf`
  std::string resolv_conf;           ///< read once, when the channel is opened
  Duration query_timeout{};          ///< of the first try; at least a millisecond
  unsigned tries = 1;                ///< of each server
};

/// One set of name servers. Thread of the io_context only. Sockets are open and timers run only while lookups are in
/// flight.
class DnsChannel {
 public:
  using Done = std::function<void(const LookupAnswer& answer)>;

  /// `io` outlives the channel.
  static Result<std::unique_ptr<DnsChannel>> open(boost::asio::io_context& io, const DnsChannelOptions& options);
  /// Forgets the lookups in flight without calling their `done`. Not from inside a `done`.
  virtual ~DnsChannel() = default;

  /// Looks in /etc/hosts first and then asks the servers for exactly this name: no search domains, no aliases. An
  /// answer cut short is asked for again by TCP. `done` may be called before `ask` returns.
  virtual void ask(const Lookup& lookup, Done done) = 0;
  virtual std::size_t in_flight() const = 0;
};

}  // namespace blipd

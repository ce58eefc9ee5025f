// Keeps the addresses of a set of names, as fresh as their TTL asks for.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/names/dns_channel.h"
#include "daemon/names/name_table.h"
#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

/// Enough of a file to see that it is not the one that was read: device, inode, size, time of the last change.
using FileStamp = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

struct ResolverOptions {
  /// "address:port"; empty: those of `resolv_conf`, which is read again when it changes.
  std::vector<std::string> servers{};
  std::string resolv_conf = "/etc/resolv.conf";
  Duration query_timeout = std::chrono::seconds(2);  ///< of the first try; c-ares waits longer in later ones
  unsigned tries = 2;                                ///< of each server
  NameRules rules{};
};

/// Lives on one io_context, which outlives it; all calls are made on its thread unless they say otherwise. Without
/// names nothing is asked: no socket is open and no timer runs once the last lookup has ended.
class Resolver {
 public:
  using Changed = std::function<void(std::vector<ResolvedName> names)>;

  /// After an address has changed, `changed` is told the whole table: not at once but once the changes of a moment are
  /// gathered, 100 ms and another second for each 100,000 names. It may call anything but the destructor.
  static constexpr Duration kGather = std::chrono::milliseconds(100);
  static constexpr Duration kGatherEachName = std::chrono::microseconds(10);

  /// Fails with a sentence if a server is no address. Any thread.
  static Result<std::unique_ptr<Resolver>> open(boost::asio::io_context& io, ResolverOptions options, Changed changed);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The names to resolve from now on; canonical (probes/host_name.h). `changed` is not told of this: what is known of
  /// them is there at once, in `resolved`.
  void set_names(std::vector<std::string> names);
  std::vector<ResolvedName> resolved() const { return table_.resolved(); }
  /// See NameTable::failures. Any thread.
  std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  /// Asks nothing and tells nothing any more. What is known stays readable.
  void stop();

 private:
  Resolver(boost::asio::io_context& io, ResolverOptions options, Changed changed);
  std::optional<Error> open_channel();
  void renew_channel(Instant now);
  void begin_due();
  void wake_when_due();
  void end(const Lookup& lookup, const LookupAnswer& answer);
  void tell_changes();

  boost::asio::io_context& io_;
  const ResolverOptions options_;
  const Changed changed_;
  NameTable table_;
  std::atomic<std::uint64_t> failures_{0};
  bool stopped_ = false;

  std::unique_ptr<DnsChannel> channel_;
  std::vector<std::unique_ptr<DnsChannel>> retired_;  // with lookups in flight
  FileStamp read_{};                                  // the file that `channel_` has read
  Instant looked_{};                                  // when the file was last compared

  boost::asio::steady_timer wake_timer_;
  std::optional<Instant> wake_at_;
  Instant begun_{};  // when `begin_due` last ran
  boost::asio::steady_timer tell_timer_;
  bool telling_ = false;
  // Handlers that come after the end find this gone.
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace blipd

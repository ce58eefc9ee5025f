#include "daemon/names/resolver.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <utility>

namespace blipd {
namespace {

using boost::system::error_code;

/// Least time between two looks at what is due, so that a full table is worked off in batches.
constexpr Duration kRest = std::chrono::milliseconds(10);
/// How often resolv.conf is compared with what was read, at most.
constexpr Duration kLook = std::chrono::seconds(1);

/// The timer's clock stands still while the machine sleeps and the table's does not; so the table is looked at in
/// between.
constexpr Duration kLongestSleep = std::chrono::minutes(1);

/// All zero if there is none.
FileStamp stamp_of(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino, file.st_size, file.st_ctim.tv_sec, file.st_ctim.tv_nsec};
}

DnsChannelOptions channel_options(const ResolverOptions& options) {
  return {options.servers, options.resolv_conf, options.query_timeout, options.tries};
}

}  // namespace

Result<std::unique_ptr<Resolver>> Resolver::open(boost::asio::io_context& io, ResolverOptions options,
                                                 Changed changed) {
  std::unique_ptr<Resolver> resolver(new Resolver(io, std::move(options), std::move(changed)));
  if (std::optional<Error> error = resolver->open_channel()) return std::move(*error);
  return resolver;
}

Resolver::Resolver(boost::asio::io_context& io, ResolverOptions options, Changed changed)
    : io_(io),
      options_(std::move(options)),
      changed_(std::move(changed)),
      table_(options_.rules),
      wake_timer_(io),
      tell_timer_(io) {}

Resolver::~Resolver() { stop(); }

void Resolver::stop() {
  stopped_ = true;
  wake_timer_.cancel();
  tell_timer_.cancel();
  channel_.reset();
  retired_.clear();
}

void Resolver::set_names(std::vector<std::string> names) {
  if (stopped_) return;
  table_.set_names(std::move(names), BootClock::now());
  wake_at_.reset();
  wake_timer_.cancel();
  begin_due();
}

std::optional<Error> Resolver::open_channel() {
  // Compared first and read then: a change in between is seen as one the next time.
  read_ = stamp_of(options_.resolv_conf);
  Result<std::unique_ptr<DnsChannel>> opened = DnsChannel::open(io_, channel_options(options_));
  if (opened.has_error()) return opened.error();
  if (channel_ != nullptr && channel_->in_flight() > 0) retired_.push_back(std::move(channel_));
  channel_ = std::move(opened.value());
  return std::nullopt;
}

/// Lookups in flight stay with the servers they went to.
void Resolver::renew_channel(Instant now) {
  std::erase_if(retired_, [](const auto& channel) { return channel->in_flight() == 0; });
  if (!options_.servers.empty() || now - looked_ < kLook) return;
  looked_ = now;
  // A file that is gone or cannot be read leaves the servers that are known.
  const FileStamp seen = stamp_of(options_.resolv_conf);
  if (seen != FileStamp() && seen != read_) static_cast<void>(open_channel());
}

void Resolver::begin_due() {
  begun_ = BootClock::now();
  const std::vector<Lookup> due = table_.take_due(begun_);
  if (!due.empty()) renew_channel(begun_);
  for (const Lookup& lookup : due) {
    channel_->ask(lookup, [this, lookup](const LookupAnswer& answer) { end(lookup, answer); });
  }
  wake_when_due();
}

void Resolver::wake_when_due() {
  const std::optional<Instant> due = table_.next_due();
  if (!due) return;
  const Instant at = std::max(*due, begun_ + kRest);
  if (wake_at_ && *wake_at_ <= at) return;
  wake_at_ = at;
  wake_timer_.expires_after(std::clamp<Duration>(at - BootClock::now(), Duration::zero(), kLongestSleep));
  wake_timer_.async_wait([this, alive = std::weak_ptr<const bool>(alive_)](const error_code& error) {
    if (error || alive.expired() || stopped_) return;
    wake_at_.reset();
    begin_due();
  });
}

void Resolver::end(const Lookup& lookup, const LookupAnswer& answer) {
  table_.end(lookup, answer, BootClock::now());
  failures_.store(table_.failures(), std::memory_order_relaxed);
  if (table_.take_changed()) tell_changes();
  wake_when_due();
}

void Resolver::tell_changes() {
  if (telling_) return;
  telling_ = true;
  tell_timer_.expires_after(kGather + kGatherEachName * table_.size());
  tell_timer_.async_wait([this, alive = std::weak_ptr<const bool>(alive_)](const error_code& error) {
    if (error || alive.expired() || stopped_) return;
    telling_ = false;
    if (changed_) changed_(table_.resolved());
  });
}

}  // namespace blipd

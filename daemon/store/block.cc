#include "daemon/store/block.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "daemon/store/interval.h"

namespace blipd {
namespace {

/// One of `kept`, which are of the lengths in `before`, for each length; a new one where none is of that length.
template <class OfLength>
std::vector<OfLength> of_lengths(const std::vector<Duration>& lengths, std::vector<OfLength>& kept,
                                 const std::vector<Duration>& before) {
  std::vector<OfLength> out;
  out.reserve(lengths.size());
  for (const Duration length : lengths) {
    const auto same = std::find(before.begin(), before.end(), length);
    if (same == before.end()) {
      out.emplace_back(length);
    } else {
      out.push_back(std::move(kept[static_cast<std::size_t>(same - before.begin())]));
    }
  }
  return out;
}

}  // namespace

Block::Block(std::uint32_t id, std::string network, std::string module, const std::vector<Duration>& window_lengths)
    : id_(id), network_(std::move(network)), module_(std::move(module)) {
  set_windows(window_lengths);
}

void Block::replace_targets(std::vector<TargetState> targets) {
  const std::size_t common = std::min(targets.size(), targets_.size());
  for (std::size_t place = 0; place < common; ++place) {
    const TargetState& old = targets_[place];
    if (targets[place].active && old.active && targets[place].address == old.address) targets[place] = old;
  }
  const auto kept = [&](std::size_t place) {
    return place < common && targets_[place].active && targets_[place].address == targets[place].address;
  };
  if (http_) http_->expiries.resize(targets.size());
  if (host_records_) host_records_->resize(targets.size(), new_record());
  for (std::size_t place = 0; place < targets.size(); ++place) {
    if (kept(place)) continue;
    if (http_) http_->expiries[place].reset();
    if (host_records_) (*host_records_)[place] = new_record();
  }
  targets_ = std::move(targets);
  active_targets_ = 0;
  hosts_ = {};
  for (const TargetState& target : targets_) {
    if (!target.active) continue;
    ++active_targets_;
    if (target.outcomes_known != 0) ++condition_of(target);
  }
}

void Block::take_over(std::uint32_t place, const TargetState& known) {
  TargetState& target = targets_[place];
  if (!target.active || target.outcomes_known != 0) return;
  const Address address = target.address;
  target = known;
  target.address = address;
  target.active = true;
  if (target.outcomes_known != 0) ++condition_of(target);
}

void Block::remove_all() {
  for (TargetState& target : targets_) target.active = false;
  active_targets_ = 0;
  hosts_ = {};
}

void Block::set_windows(const std::vector<Duration>& lengths) {
  if (lengths == window_lengths_) return;
  windows_ = of_lengths(lengths, windows_, window_lengths_);
  loss_pairs_ = of_lengths(lengths, loss_pairs_, window_lengths_);
  if (host_records_) {
    for (HostRecord& record : *host_records_) record.windows = of_lengths(lengths, record.windows, window_lengths_);
  }
  window_lengths_ = lengths;
}

void Block::restore_window(Duration length, const WindowContents& contents, Instant now) {
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    if (window_lengths_[i] == length) windows_[i].restore(contents, now);
  }
}

void Block::restore_loss_pairs(Duration length, const WindowContents& contents, bool lost_before, Instant now) {
  for (std::size_t i = 0; i < loss_pairs_.size(); ++i) {
    if (window_lengths_[i] == length) loss_pairs_[i].restore(contents, lost_before, now);
  }
}

void Block::restore_host_window(std::uint32_t place, Duration length, const WindowContents& contents, Instant now) {
  if (!host_records_) return;
  std::vector<Window>& windows = (*host_records_)[place].windows;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (window_lengths_[i] == length) windows[i].restore(contents, now);
  }
}

HostRecord Block::new_record() const {
  HostRecord record;
  for (const Duration length : window_lengths_) record.windows.emplace_back(length);
  return record;
}

void Block::keep_host_records(bool keep) {
  if (!keep) {
    host_records_.reset();
  } else if (!host_records_) {
    host_records_ = std::make_unique<std::vector<HostRecord>>(targets_.size(), new_record());
  }
}

HostSnapshot Block::host(std::uint32_t place, Instant until) const {
  const TargetState& target = targets_[place];
  const HostRecord& record = (*host_records_)[place];
  HostSnapshot host;
  host.address = target.address;
  host.responding = target.outcomes != 0 && target.failure_run < kSilentAfter;
  for (const Window& window : record.windows) host.windows.push_back(ratio_of(window.count(until)));
  host.rtt = record.rtts.quantiles();
  return host;
}

void Block::count_sent() {
  ++probes_.sent;
  ++probes_.in_flight;
}

void Block::count_error(const IcmpErrorCode& icmp, const Address& responder) {
  constexpr std::size_t kMostErrors = 8;
  const auto same = std::find_if(errors_.begin(), errors_.end(),
                                 [&](const ErrorEvidence& e) { return e.icmp == icmp && e.responder == responder; });
  if (same != errors_.end()) {
    ++same->count;
    return;
  }
  if (errors_.size() == kMostErrors) {
    // The rarest makes room, so that a router that starts to answer now is seen.
    errors_.erase(std::min_element(errors_.begin(), errors_.end(),
                                   [](const ErrorEvidence& a, const ErrorEvidence& b) { return a.count < b.count; }));
  }
  errors_.push_back({icmp, responder, 1});
}

void Block::book_reply(std::uint32_t place, Duration round_trip) {
  --probes_.in_flight;
  ++probes_.replies;
  if (host_records_) (*host_records_)[place].rtts.add(round_trip);
  add_to(rtt_, round_trip);
}

void Block::count_exchange(std::uint32_t place, const HttpExchange& exchange) {
  if (!targets_[place].active) return;
  if (!http_) http_ = std::make_unique<HttpRecord>();
  for (std::size_t phase = 0; phase < kHttpPhases; ++phase) {
    // A phase that did not happen is not a short one.
    if (exchange.phases[phase] > Duration::zero()) add_to(http_->phases[phase], exchange.phases[phase]);
  }
  if (!exchange.certificate_expiry) return;
  http_->expiries.resize(targets_.size());
  http_->expiries[place] = exchange.certificate_expiry;
}

std::optional<HttpFigures> Block::http() const {
  if (!http_) return std::nullopt;
  HttpFigures figures{http_->phases, std::nullopt};
  for (std::size_t place = 0; place < http_->expiries.size(); ++place) {
    const std::optional<WallTime>& expiry = http_->expiries[place];
    if (!expiry || !targets_[place].active) continue;
    if (!figures.certificate_expiry || *expiry < *figures.certificate_expiry) figures.certificate_expiry = expiry;
  }
  return figures;
}

void Block::book_failure(FailureReason reason) {
  --probes_.in_flight;
  ++probes_.failures[static_cast<std::size_t>(reason)];
}

void Block::book_void(VoidCause cause) {
  --probes_.in_flight;
  ++probes_.voids[static_cast<std::size_t>(cause)];
}

unsigned Block::record(std::uint32_t place, Instant sent, bool reply) {
  TargetState& target = targets_[place];
  for (Window& window : windows_) window.add(sent, reply);
  for (LossPairs& pairs : loss_pairs_) pairs.add(sent, reply);
  availability_.add(sent, reply);
  if (host_records_) {
    for (Window& window : (*host_records_)[place].windows) window.add(sent, reply);
  }
  if (target.outcomes_known != 0) --condition_of(target);
  target.outcomes = (target.outcomes << 1U) | (reply ? 1U : 0U);
  if (target.outcomes_known < 64) ++target.outcomes_known;
  if (reply) {
    target.failure_run = 0;
  } else if (target.failure_run < std::numeric_limits<std::uint8_t>::max()) {
    ++target.failure_run;
  }
  ++condition_of(target);
  return target.failure_run;
}

std::uint64_t& Block::condition_of(const TargetState& target) {
  if (target.failure_run == 0) return hosts_.responding;
  if (target.failure_run >= kSilentAfter) return hosts_.silent;
  return target.outcomes == 0 ? hosts_.unheard : hosts_.wavering;
}

std::vector<WindowRatio> Block::ratios(Instant until) const {
  std::vector<WindowRatio> ratios;
  ratios.reserve(windows_.size());
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    const ReplyCount count = windows_[i].count(until);
    ratios.push_back(ratio_of(count, loss_pairs_[i].correlation(count, until)));
  }
  return ratios;
}

WindowRatio ratio_of(const ReplyCount& count, double correlation) {
  const Interval interval = wilson(count.replies, count.probes, correlation);
  const double ratio = count.probes == 0 ? std::numeric_limits<double>::quiet_NaN()
                                         : static_cast<double>(count.replies) / static_cast<double>(count.probes);
  return {count.probes, count.replies, ratio, interval.lower, interval.upper};
}

void add_to(RttHistogram& histogram, Duration time) {
  const std::size_t bucket = rtt_bucket(time);
  if (bucket < kRttBuckets) ++histogram.buckets[bucket];
  ++histogram.count;
  histogram.sum += time;
}

std::size_t rtt_bucket(Duration round_trip) {
  // Bucket i holds (50 us x 2^(i-1), 50 us x 2^i]: the number of bits of ceil(t / 50 us) - 1.
  constexpr std::uint64_t kFirstBound = 50'000;
  const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(round_trip.count(), 1));
  const std::uint64_t steps = (ns - 1) / kFirstBound;
  return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(steps)), kRttBuckets);
}

}  // namespace blipd

#include "daemon/detect/loss_watch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "daemon/detect/host_memory.h"

namespace blipd {
namespace {

constexpr unsigned kFailuresThatCount = 2;
constexpr unsigned kDarkAfter = 2;
/// So many outcomes weigh as much as what was believed of a host at first.
constexpr unsigned kLossKnownFrom = 50;
/// It need not rise further to be believed; what has to be taken back stays bounded.
constexpr double kMostFine = 40;
/// After so many failures in a row what answered before was no return.
constexpr std::uint64_t kNoReturn = 20;
constexpr double kShareWeight = 1.0 / 8;

/// A host that has not answered for long says nothing by not answering.
bool used_to_answer(const TargetState& host) {
  constexpr std::uint64_t kRecent = 0xffff;
  return host.outcomes_known < 16 || (host.outcomes & kRecent) != 0;
}

}  // namespace

void LossWatch::recount(const std::vector<TargetState>& targets) {
  dark_hosts_ = static_cast<std::uint64_t>(std::count_if(
      targets.begin(), targets.end(), [](const TargetState& t) { return t.active && t.suspect_run >= kDarkAfter; }));
}

void LossWatch::on_suspect(TargetState& host, std::uint32_t place, Instant sent, bool evidence) {
  if (host.suspect_run < std::numeric_limits<std::uint8_t>::max()) ++host.suspect_run;
  if (host.suspect_run == kDarkAfter) ++dark_hosts_;
  if (sent < forgotten_until_) return;
  // Of a host that has been dark for long as well: it was sent before anybody answered.
  if (revival_.replies != 0 && sent < revival_.first_reply) {
    revival_.last_failure = std::max(revival_.last_failure, sent);
  }
  // In the dark nobody answers any more, and all of them count.
  if ((evidence && used_to_answer(host)) || dark_.failures >= kDarkFailures) {
    failing_share_ += kShareWeight * (1 - failing_share_);
    follow_dark(place, sent);
  }
  if (!evidence || (hosts_ >= kFewHosts && host.suspect_run > kFailuresThatCount)) return;
  const Likelihood likelihood = failure_likelihood(own_loss(host));
  slots_.add_failure(sent, likelihood);
  failures_[failures_seen_++ % failures_.size()] = {sent, place, host.learned < kLossKnownFrom};
  follow_end(sent, &likelihood);
}

void LossWatch::on_reply(TargetState& host, std::uint32_t place, Instant sent, bool was_suspect) {
  const bool counted =
      was_suspect && sent >= forgotten_until_ && (hosts_ < kFewHosts || host.suspect_run <= kFailuresThatCount);
  if (host.suspect_run >= kDarkAfter) {
    --dark_hosts_;
    ++returns_;
  }
  host.suspect_run = 0;
  if (counted) {
    const Likelihood likelihood = failure_likelihood(own_loss(host));
    slots_.take_back(sent, likelihood);
    fine_ = std::min(kMostFine, fine_ + static_cast<double>(likelihood[level_]));
    ++taken_back_;
  } else {
    slots_.add_reply(sent);
  }
  newest_reply_ = std::max(newest_reply_, sent);
  failing_share_ -= kShareWeight * failing_share_;
  if (sent >= dark_since_) follow_revival(place, sent);
  break_dark(sent);
  follow_end(sent, nullptr);
}

void LossWatch::on_late(TargetState& host, Instant sent) {
  if (host.suspect_run >= kDarkAfter) --dark_hosts_;
  host.suspect_run = 0;
  if (sent >= forgotten_until_) {
    slots_.take_back(sent, failure_likelihood(own_loss(host)));
    ++taken_back_;
  }
  newest_reply_ = std::max(newest_reply_, sent);
  break_dark(sent);
}

void LossWatch::on_withdrawn(TargetState& host, Instant sent) {
  // Of one to which an answer has come since it is not known any more whether that failure counted: it is as well not
  // to believe it.
  const bool in_run = host.suspect_run != 0;
  if (host.suspect_run == kDarkAfter) --dark_hosts_;
  const Likelihood likelihood = failure_likelihood(own_loss(host));
  if (sent >= forgotten_until_ && (hosts_ < kFewHosts || host.suspect_run <= kFailuresThatCount)) {
    slots_.withdraw(sent, likelihood);
    fine_ = std::min(kMostFine, fine_ + static_cast<double>(likelihood[level_]));
    ++taken_back_;
  }
  if (!in_run) return;
  --host.suspect_run;
  if (dark_.failures == 0 || sent < dark_.since) return;
  // Whose it was is not known any more; nothing is left of a run of one.
  if (--dark_.failures == 0) dark_ = {};
}

void LossWatch::break_dark(Instant sent) {
  if (dark_.failures == 0) return;
  if (sent >= dark_.since) {
    dark_ = {};
  } else {
    dark_.last_reply = std::max(dark_.last_reply, sent);
  }
}

void LossWatch::follow_dark(std::uint32_t place, Instant sent) {
  if (revival_.replies != 0 && sent >= revival_.first_reply) ++revival_.failures;
  if (sent <= newest_reply_) return;
  if (dark_.failures == 0) {
    dark_.since = sent;
    dark_.last_reply = newest_reply_;
  }
  ++dark_.failures;
  dark_.since = std::min(dark_.since, sent);
  dark_.last_failure = std::max(dark_.last_failure, sent);
  const auto end = dark_places_.begin() + static_cast<std::ptrdiff_t>(dark_.hosts);
  if (dark_.hosts < dark_places_.size() && std::find(dark_places_.begin(), end, place) == end) {
    dark_places_[dark_.hosts++] = place;
  }
  if (dark_.failures < kDarkFailures) return;
  newest_loss_ = std::max(newest_loss_, sent);
  // What answered in between was no return.
  if (dark_.failures >= kNoReturn) revival_ = {};
}

void LossWatch::expect_revival(Instant since) {
  dark_since_ = since;
  revival_ = {};
}

void LossWatch::follow_revival(std::uint32_t place, Instant sent) {
  if (revival_.replies == 0) {
    reviver_ = place;
    revival_.hosts = 1;
    revival_.first_reply = sent;
    revival_.last_failure = dark_.last_failure;
  } else if (place != reviver_) {
    revival_.hosts = 2;
  }
  ++revival_.replies;
}

void LossWatch::expect_end(std::size_t level) {
  level_ = level;
  fine_ = 0;
  last_loss_ = newest_loss_;
  first_reply_after_ = {};
  failing_share_ = 1;
}

void LossWatch::resume(Instant watched_until, Instant now) {
  newest_loss_ = watched_until;
  watched_since_ = now;
}

void LossWatch::resume_dark(Instant since, Instant last_reply) {
  dark_.failures = kDarkFailures;
  dark_.hosts = static_cast<std::size_t>(std::min<std::uint64_t>(hosts_, dark_places_.size()));
  for (std::size_t i = 0; i < dark_.hosts; ++i) dark_places_[i] = static_cast<std::uint32_t>(i);
  dark_.since = since;
  dark_.last_failure = std::max(newest_loss_, since);
  dark_.last_reply = last_reply;
}

void LossWatch::begin_episode() {
  gaps_ = {};
  gap_count_ = 0;
  longest_gap_ = {};
  seen_ = {};
  taken_back_ = 0;
}

void LossWatch::follow_end(Instant sent, const Likelihood* failure) {
  ++seen_.probes;
  if (failure == nullptr) {
    ++seen_.replies;
    if (sent <= newest_loss_) return;
    reply_after_loss_ = std::min(reply_after_loss_, sent);
    if (first_reply_after_ == Instant{} || first_reply_after_ <= last_loss_) first_reply_after_ = sent;
    fine_ = std::min(kMostFine, fine_ + reply_likelihood(level_));
    return;
  }
  fine_ -= static_cast<double>((*failure)[level_]);
  // Failures become known later than replies: what counts is the order in which they were sent.
  if (reply_after_loss_ < sent) {
    const Duration gap = sent - std::max(newest_loss_, watched_since_);
    gaps_ += gap;
    ++gap_count_;
    longest_gap_ = std::max(longest_gap_, gap);
  }
  newest_loss_ = std::max(newest_loss_, sent);
  if (reply_after_loss_ <= newest_loss_) reply_after_loss_ = Instant::max();
  if (fine_ > 0) return;
  fine_ = 0;
  last_loss_ = newest_loss_;
}

double LossWatch::loss_seen() const {
  return seen_.probes == 0 ? 0 : 1 - static_cast<double>(seen_.replies) / static_cast<double>(seen_.probes);
}

Duration LossWatch::mean_gap() const {
  return gap_count_ == 0 ? Duration{} : gaps_ / static_cast<Duration::rep>(gap_count_);
}

std::size_t LossWatch::failing_hosts(Instant since) const {
  std::array<std::uint32_t, 32> places{};
  std::size_t found = 0;
  const std::size_t known = static_cast<std::size_t>(std::min<std::uint64_t>(failures_seen_, failures_.size()));
  for (std::size_t i = 0; i < known; ++i) {
    if (failures_[i].sent < since) continue;
    const auto end = places.begin() + static_cast<std::ptrdiff_t>(found);
    if (std::find(places.begin(), end, failures_[i].place) == end) places[found++] = failures_[i].place;
  }
  return found;
}

bool LossWatch::of_few_unknown(Instant since) const {
  struct OfHost {
    std::uint32_t place = 0;
    std::size_t failures = 0;
  };
  std::array<OfHost, 32> hosts{};
  std::size_t found = 0;
  std::size_t all = 0;
  std::size_t unknown = 0;
  const std::size_t known = static_cast<std::size_t>(std::min<std::uint64_t>(failures_seen_, failures_.size()));
  for (std::size_t i = 0; i < known; ++i) {
    if (failures_[i].sent < since) continue;
    const auto end = hosts.begin() + static_cast<std::ptrdiff_t>(found);
    const auto host = std::find_if(hosts.begin(), end, [&](const OfHost& h) { return h.place == failures_[i].place; });
    if (host == end) hosts[found++].place = failures_[i].place;
    ++host->failures;
    ++all;
    unknown += failures_[i].unknown ? 1U : 0U;
  }
  std::sort(hosts.begin(), hosts.end(), [](const OfHost& a, const OfHost& b) { return a.failures > b.failures; });
  constexpr std::size_t kMostWorst = 5;
  const std::size_t worst = std::min<std::size_t>(kMostWorst, (hosts_ + 3) / 4);
  std::size_t of_worst = 0;
  for (std::size_t i = 0; i < worst; ++i) of_worst += hosts[i].failures;
  return 2 * unknown > all && 4 * of_worst >= 3 * all;
}

void LossWatch::forget(Instant until) {
  forgotten_until_ = std::max(forgotten_until_, until);
  slots_.clear();
  failures_seen_ = 0;
  dark_ = {};
  expect_revival(Instant::max());
}

std::uint64_t silent_beyond_chance(std::uint64_t hosts) {
  if (hosts < kFewHosts) return hosts;
  constexpr double kSilentByItself = 0.01;
  constexpr double kChance = 1e-4;
  const auto n = static_cast<double>(hosts);
  // Sums the distribution from its lower end in logarithms; what is left above is the tail.
  double log_term = n * std::log1p(-kSilentByItself);
  double below = std::exp(log_term);
  std::uint64_t k = 1;
  const double log_odds = std::log(kSilentByItself) - std::log1p(-kSilentByItself);
  for (; k <= hosts && 1.0 - below >= kChance; ++k) {
    const auto i = static_cast<double>(k);
    log_term += std::log(n - i + 1) - std::log(i) + log_odds;
    below += std::exp(log_term);
  }
  return k;
}

}  // namespace blipd

#include "daemon/detect/rate_limit_test.h"

#include <algorithm>
#include <bit>

namespace blipd {
namespace {

constexpr unsigned kLeastOutcomes = 32;
constexpr unsigned kLeastPairs = 60;
constexpr double kMcNemar = 10.83;
/// Of the difference of two shares, as a chi-squared of one degree of freedom: 1 %.
constexpr double kShares = 6.63;
/// What is answered a second at twice the rate over what is at the usual one: 1 if limited, 2 if not.
constexpr double kMostGain = 1.4;
constexpr double kLeastGain = 0.6;

/// Of so many newest outcomes.
std::uint64_t newest(std::uint64_t outcomes, unsigned n) {
  return n >= 64 ? outcomes : outcomes & ((std::uint64_t{1} << n) - 1);
}

double share(const ReplyCount& count) { return static_cast<double>(count.replies) / static_cast<double>(count.probes); }

}  // namespace

bool may_be_limited(const TargetState& host) {
  if (host.outcomes_known < kLeastOutcomes) return false;
  const unsigned known = host.outcomes_known;
  const auto replies = static_cast<unsigned>(std::popcount(newest(host.outcomes, known)));
  return 10 * replies >= known && 5 * (known - replies) >= known;
}

bool limited_by_pairs(const TargetState& host, const TargetState& other) {
  const unsigned pairs = std::min(host.outcomes_known, other.outcomes_known);
  if (pairs < kLeastPairs) return false;
  const int lost = std::popcount(newest(~host.outcomes & other.outcomes, pairs));
  const int other_lost = std::popcount(newest(host.outcomes & ~other.outcomes, pairs));
  if (lost == 0 || lost < 4 * other_lost) return false;
  const double difference = lost - other_lost;
  return difference * difference / (lost + other_lost) > kMcNemar;
}

void RateLimitTest::begin(const std::vector<std::uint32_t>& places, Duration round, Instant now) {
  hosts_.clear();
  begin_ = now;
  round_ = round;
  for (const std::uint32_t place : places) {
    if (hosts_.size() == kMostHosts) break;
    Host host;
    host.place = place;
    // Not all at once.
    host.next =
        now + kSpellRounds * round + static_cast<Duration::rep>(hosts_.size()) * round / Duration::rep{kMostHosts};
    hosts_.push_back(host);
  }
}

std::size_t RateLimitTest::spell_of(Instant t) const {
  if (hosts_.empty() || t < begin_) return kSpells;
  return static_cast<std::size_t>(std::min<Duration::rep>((t - begin_) / (kSpellRounds * round_), kSpells));
}

RateLimitTest::Host* RateLimitTest::find(std::uint32_t place) {
  const auto host = std::find_if(hosts_.begin(), hosts_.end(), [&](const Host& h) { return h.place == place; });
  return host == hosts_.end() ? nullptr : &*host;
}

std::optional<std::uint32_t> RateLimitTest::wanted(Instant now) const {
  if (hosts_.empty() || spell_of(now) % 2 == 0) return std::nullopt;
  for (const Host& host : hosts_) {
    if (host.next <= now) return host.place;
  }
  return std::nullopt;
}

void RateLimitTest::asked(std::uint32_t place, Instant now) {
  Host* const host = find(place);
  if (host == nullptr) return;
  // What was not due in a spell at the usual rate is not made up for.
  while (host->next <= now) host->next += round_;
}

void RateLimitTest::on_reply(std::uint32_t place, Instant sent, bool was_suspect) {
  Host* const host = find(place);
  const std::size_t spell = spell_of(sent);
  if (host == nullptr || spell >= kSpells) return;
  ++host->spells[spell].replies;
  if (!was_suspect) ++host->spells[spell].probes;
}

void RateLimitTest::on_suspect(std::uint32_t place, Instant sent) {
  Host* const host = find(place);
  const std::size_t spell = spell_of(sent);
  if (host != nullptr && spell < kSpells) ++host->spells[spell].probes;
}

bool RateLimitTest::limited(const Host& host) {
  ReplyCount usual;
  ReplyCount twice;
  for (std::size_t i = 0; i < kSpells; i += 2) {
    const ReplyCount& slow = host.spells[i];
    const ReplyCount& fast = host.spells[i + 1];
    // A pair in which the limits did not let it be asked more often shows nothing, nor does the whole without it.
    if (slow.probes < kSpellRounds / 2 || 2 * fast.probes < 3 * slow.probes) return false;
    if (share(fast) >= share(slow)) return false;
    usual.probes += slow.probes;
    usual.replies += slow.replies;
    twice.probes += fast.probes;
    twice.replies += fast.replies;
  }
  if (usual.replies == 0) return false;
  const double gain = static_cast<double>(twice.replies) / static_cast<double>(usual.replies);
  if (gain < kLeastGain || gain > kMostGain) return false;
  const double all =
      static_cast<double>(usual.replies + twice.replies) / static_cast<double>(usual.probes + twice.probes);
  const double variance =
      all * (1 - all) * (1 / static_cast<double>(usual.probes) + 1 / static_cast<double>(twice.probes));
  const double difference = share(usual) - share(twice);
  return difference * difference > kShares * variance;
}

std::optional<std::vector<std::uint32_t>> RateLimitTest::verdict(Instant until) {
  if (hosts_.empty() || until < begin_ || spell_of(until) < kSpells) return std::nullopt;
  std::vector<std::uint32_t> places;
  for (const Host& host : hosts_) {
    if (limited(host)) places.push_back(host.place);
  }
  hosts_.clear();
  return places;
}

void LimitedHosts::add(std::uint32_t place, const TargetState& host) {
  const auto at = std::lower_bound(hosts_.begin(), hosts_.end(), place);
  if (at != hosts_.end() && *at == place) return;
  addresses_.insert(addresses_.begin() + (at - hosts_.begin()), host.address);
  hosts_.insert(at, place);
}

bool LimitedHosts::contains(std::uint32_t place) const {
  return !hosts_.empty() && std::binary_search(hosts_.begin(), hosts_.end(), place);
}

void LimitedHosts::review(const std::vector<TargetState>& targets) {
  for (std::size_t i = hosts_.size(); i-- != 0;) {
    const bool there =
        hosts_[i] < targets.size() && targets[hosts_[i]].active && targets[hosts_[i]].address == addresses_[i];
    const unsigned known = there ? targets[hosts_[i]].outcomes_known : 0;
    const auto replies = there ? static_cast<unsigned>(std::popcount(newest(targets[hosts_[i]].outcomes, known))) : 0U;
    if (there && 20 * (known - replies) > known) continue;
    hosts_.erase(hosts_.begin() + static_cast<std::ptrdiff_t>(i));
    addresses_.erase(addresses_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace blipd

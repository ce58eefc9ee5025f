// What shows of a network only slowly, over many rounds: a part that stays silent, a loss that all hosts share and that
// came too slowly for the CUSUM.
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

#include "daemon/detect/module_detector.h"

namespace blipd {
namespace {

constexpr Duration kSilenceLasts = std::chrono::seconds(2);

}  // namespace

void ModuleDetector::begin_calm(Instant since) {
  // Zero is the number of those who have seen none.
  calm_ = {static_cast<std::uint16_t>(calm_.number == 0xffff ? 1 : calm_.number + 1), since, {}, 0, 0};
}

void ModuleDetector::count_calm(TargetState& host, Instant sent) {
  if (sent < calm_.since) return;
  if (calm_.outcomes++ == 0) calm_.first = sent;
  if (host.calm != calm_.number) {
    host.calm = calm_.number;
    host.calm_outcomes = 0;
    ++calm_.hosts;
  }
  if (host.calm_outcomes < 64) ++host.calm_outcomes;
}

/// How long a round takes, with those of its probes that are missed or void.
Duration ModuleDetector::calm_round() const {
  if (calm_.outcomes == 0 || calm_.hosts == 0) return rules_.round;
  const double rounds = static_cast<double>(calm_.outcomes) / static_cast<double>(calm_.hosts);
  const double lasts = static_cast<double>((newest_booked_ - calm_.first).count()) / rounds;
  return std::max(rules_.round, Duration(static_cast<Duration::rep>(lasts)));
}

SlowSigns ModuleDetector::slow_signs(const HostConditions& conditions, Instant until) {
  SlowSigns signs;
  const Duration round = calm_round();
  signs.uncertainty = 3 * round / 2;
  // A queue that fills up loses more and more, which is no beat either.
  signs.clustered =
      runs_.pattern() != LossPattern::random && !(tracker_.open() && congested_) && follow_up_.far_between();
  const std::uint64_t known = conditions.known();
  // After two rounds every host has been asked, and one that only missed its turn is not silent. While an outage
  // begins, nobody is fine for long.
  const std::uint64_t rest = known - conditions.silent;
  rest_fine_ = rest != 0 && (conditions.wavering <= rest / 10 || tracker_.phase() == Phase::partial);
  signs.all_asked = first_.probes != 0 && until - std::max(first_booked_, calm_.since) >= 3 * round;
  // Whoever has not been asked since may have been silent for as long.
  const std::uint64_t silent = conditions.silent - std::min(conditions.silent, known - std::min(known, calm_.hosts));
  if (known < kFewHosts || !signs.all_asked || !rest_fine_ || silent < silent_beyond_chance(known)) {
    silent_since_.reset();
  } else if (!silent_since_) {
    silent_since_ = until;
  }
  // While hosts are booked one after the other, at the end of an outage, some are silent for a moment.
  const bool lasts = silent_since_ && until - *silent_since_ >= std::max(round, kSilenceLasts);
  if (lasts || (silent_since_ && tracker_.phase() == Phase::partial)) {
    const Instant to = *silent_since_ - round;
    signs.silent_part = Border::within(std::min(std::max(to - 3 * round, calm_.since), to), to);
  }
  signs.creeping = creeping_;
  return signs;
}

bool ModuleDetector::wants_first_look(Instant until) const {
  return state_ == State::unknown && first_.probes >= kLeastProbes && until - first_booked_ >= rules_.shortest_window &&
         first_loss().lower >= rules_.spotty && rest_fine_;
}

void ModuleDetector::inspect(const std::vector<TargetState>& targets, Instant until) {
  creeping_.reset();
  if (tracker_.phase() != Phase::quiet || calm_.outcomes == 0) return;
  // At the first look little is known of each host, and there is nothing else to tell a loss that was there before.
  const bool first = wants_first_look(until);
  const unsigned least_of_host = first ? 3 : 16;
  // Hosts with the same number of failures among the same number of probes, counted: a million hosts need no more room
  // than a hundred.
  std::array<std::array<std::uint32_t, 65>, 65> hosts{};  // by probes and failures
  std::uint32_t all = 0;
  unsigned most = 0;
  for (const TargetState& target : targets) {
    // Who is silent is another matter.
    const auto place = static_cast<std::uint32_t>(&target - targets.data());
    if (!is_evidence(place)) continue;
    const unsigned known = target.calm == calm_.number ? target.calm_outcomes : 0;
    if (!target.active || known < least_of_host || target.failure_run >= kSilentAfter) continue;
    most = std::max(most, known);
    const std::uint64_t newest = known == 64 ? target.outcomes : target.outcomes & ((std::uint64_t{1} << known) - 1);
    ++hosts[known][known - static_cast<unsigned>(std::popcount(newest))];
    ++all;
  }
  if (all < kFewHosts) return;
  struct Share {
    std::uint8_t failures = 0;
    std::uint8_t probes = 0;
    bool operator<(const Share& other) const {
      return unsigned{failures} * other.probes < unsigned{other.failures} * probes;
    }
  };
  std::array<Share, 65 * 65> shares;
  std::size_t count = 0;
  for (std::uint8_t probes = 1; probes < hosts.size(); ++probes) {
    for (std::uint8_t failures = 0; failures <= probes; ++failures) {
      if (hosts[probes][failures] != 0) shares[count++] = {failures, probes};
    }
  }
  std::sort(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(count));
  // The loss is common only if it is there without the worst quarter of the hosts.
  std::uint32_t left = all - (all + 3) / 4;
  ReplyCount common;
  for (std::size_t i = 0; left != 0; ++i) {
    const Share& share = shares[i];
    const std::uint32_t taken = std::min(left, hosts[share.probes][share.failures]);
    common.probes += std::uint64_t{taken} * share.probes;
    common.replies += std::uint64_t{taken} * (share.probes - share.failures);
    left -= taken;
  }
  if (wilson(common.probes - common.replies, common.probes, runs_.correlation()).lower < rules_.spotty) return;
  creeping_ = first ? Border{first_booked_, 3 * calm_round() / 2}
                    : Border::within(std::max(calm_.first, newest_booked_ - most * calm_round()), newest_booked_);
}

}  // namespace blipd

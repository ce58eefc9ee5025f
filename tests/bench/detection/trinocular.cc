#include "tests/bench/detection/trinocular.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace blipd::bench {
namespace {

constexpr double kPacketLoss = 0.01;
constexpr double kBlockAddresses = 256;
constexpr double kStrayAnswers = 1e-4;
constexpr std::size_t kFewHosts = 8;
constexpr double kLeastBelief = 0.01;
constexpr double kBorder = 0.1;
constexpr double kRecoveryMiss = 0.2;
constexpr std::uint64_t kPhase = 1;
constexpr std::uint64_t kOrder = 2;

}  // namespace

Belief::Belief(double availability, std::size_t hosts)
    : answer_if_up_(availability),
      answer_if_down_(hosts <= kFewHosts ? kStrayAnswers : (1 - kPacketLoss) / kBlockAddresses) {}

void Belief::update(bool answered) {
  const double if_down = (answered ? answer_if_down_ : 1 - answer_if_down_) * down_;
  const double if_up = (answered ? answer_if_up_ : 1 - answer_if_up_) * (1 - down_);
  down_ = std::clamp(if_down / (if_down + if_up), kLeastBelief, 1 - kLeastBelief);
}

Verdict Belief::verdict() const {
  // The published borders are of the belief that it is up.
  const double up = 1 - down_;
  return up < kBorder ? Verdict::down : up > 1 - kBorder ? Verdict::up : Verdict::uncertain;
}

TrinocularBlock::TrinocularBlock(const TrinocularSettings& settings, std::vector<std::size_t> hosts, Duration phase)
    : settings_(settings),
      hosts_(std::move(hosts)),
      belief_(settings.availability, hosts_.size()),
      round_(phase),
      due_(phase) {}

Duration TrinocularBlock::step(Asked& asked, const AskedNetwork& network) {
  if (sent_ == 0) {
    recovery_ = recovery_probes();
  }
  const EchoResult result = asked.ask(network.number, hosts_[next_host_], due_);
  next_host_ = (next_host_ + 1) % hosts_.size();
  ++sent_;
  const bool answered = result.reply && result.after <= settings_.timeout;
  const Duration known = due_ + (answered ? result.after : settings_.timeout);
  edges_.note(due_, answered);
  belief_.update(answered);
  if (goes_on(answered)) {
    due_ = known;
    return known;
  }
  if (verdict() == Verdict::uncertain) {
    belief_.give_up();
  }
  rounds_down_ = verdict() == Verdict::up ? 0 : rounds_down_ + 1;
  sent_ = 0;
  round_ += settings_.round;
  due_ = std::max(round_, known);
  return known;
}

bool TrinocularBlock::goes_on(bool answered) {
  if (answered) {
    recovery_ = 0;
  }
  if (sent_ > settings_.adaptive) {
    return false;
  }
  switch (verdict()) {
    case Verdict::uncertain:
      return true;
    // An answer that speaks against the verdict moves the belief towards uncertainty.
    case Verdict::up:
      return !answered;
    case Verdict::down:
      return answered || (recovery_ > 0 && recovery_-- > 0);
  }
  return false;
}

unsigned TrinocularBlock::recovery_probes() const {
  const unsigned n = rounds_down_;
  const bool has_turn = n > 0 && (n <= 4 || n == 8 || n % 16 == 0);
  if (verdict() != Verdict::down || !has_turn) {
    return 0;
  }
  return static_cast<unsigned>(std::ceil(std::log(kRecoveryMiss) / std::log(1 - settings_.availability)));
}

std::vector<std::size_t> shuffled(std::vector<std::size_t> hosts, const Run& run, const AskedNetwork& network) {
  for (std::size_t left = hosts.size(); left > 1; --left) {
    const double r = drawn(run.seed, network.name, kOrder + left);
    std::swap(hosts[left - 1], hosts[static_cast<std::size_t>(r * static_cast<double>(left))]);
  }
  return hosts;
}

std::vector<Event> Trinocular::watch(Asked& asked, const AskedNetwork& network, const Run& run) const {
  Episodes episodes(network.name, run.begin);
  if (network.hosts() == 0) {
    return {};
  }
  std::vector<std::size_t> hosts(network.hosts());
  std::iota(hosts.begin(), hosts.end(), std::size_t{0});
  const double phase = drawn(run.seed, network.name, kPhase);
  TrinocularBlock block(settings_, shuffled(std::move(hosts), run, network),
                        std::chrono::duration_cast<Duration>(phase * std::chrono::duration<double>(settings_.round)));
  while (block.due() < run.length) {
    const Duration known = block.step(asked, network);
    if (known >= run.length) {
      break;
    }
    if (block.verdict() == Verdict::down) {
      episodes.open(EventClass::outage, block.edges().silence_began(), known);
    } else if (block.verdict() == Verdict::up) {
      episodes.close(block.edges().silence_ended());
    }
  }
  return episodes.take();
}

}  // namespace blipd::bench

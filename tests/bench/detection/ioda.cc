#include "tests/bench/detection/ioda.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace blipd::bench {
namespace {

constexpr double kSlices = 60;
constexpr std::uint64_t kSlice = 100000;

std::vector<TrinocularBlock> blocks_of(const AskedNetwork& network, const Run& run, const TrinocularSettings& probing) {
  std::map<std::size_t, std::vector<std::size_t>> hosts_of;
  for (std::size_t host = 0; host < network.hosts(); ++host) {
    hosts_of[network.prefix_of_host[host]].push_back(host);
  }
  std::vector<TrinocularBlock> blocks;
  for (const auto& [prefix, hosts] : hosts_of) {
    const auto slice = static_cast<Duration::rep>(drawn(run.seed, network.name, kSlice + prefix) * kSlices);
    blocks.emplace_back(probing, shuffled(hosts, run, network),
                        probing.round * slice / static_cast<Duration::rep>(kSlices));
  }
  return blocks;
}

}  // namespace

IodaRule::IodaRule(const IodaSettings& settings)
    : settings_(settings),
      keep_(static_cast<std::size_t>(settings.history / settings.bin)),
      warm_up_(static_cast<std::size_t>(settings.warm_up / settings.bin)) {}

double IodaRule::expected() const {
  if (history_.empty()) {
    return 0;
  }
  std::vector<double> sorted(history_.begin(), history_.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

bool IodaRule::alerts(double value) {
  const double median = expected();
  const bool judged = history_.size() >= warm_up_ && median >= settings_.least_expected;
  const bool odd = judged && (value < settings_.alert * median || value > settings_.too_much * median);
  history_.push_back(odd ? median : value);
  if (history_.size() > keep_) {
    history_.pop_front();
  }
  return odd && value < median;
}

std::vector<Event> Ioda::watch(Asked& asked, const AskedNetwork& network, const Run& run) const {
  Episodes episodes(network.name, run.begin);
  std::vector<TrinocularBlock> blocks = blocks_of(network, run, settings_.probing);
  if (blocks.empty()) {
    return {};
  }
  IodaRule rule(settings_);
  for (Duration bin{}; bin + settings_.bin + settings_.probing.timeout < run.length; bin += settings_.bin) {
    const Duration end = bin + settings_.bin;
    for (;;) {
      const auto next = std::ranges::min_element(blocks, {}, &TrinocularBlock::due);
      if (next->due() >= end) {
        break;
      }
      next->step(asked, network);
    }
    const auto up = std::ranges::count_if(blocks, [](const TrinocularBlock& b) { return b.verdict() == Verdict::up; });
    if (rule.alerts(static_cast<double>(up))) {
      episodes.open(EventClass::outage, {bin, bin}, end + settings_.probing.timeout);
    } else {
      episodes.close({bin, bin});
    }
  }
  return episodes.take();
}

}  // namespace blipd::bench

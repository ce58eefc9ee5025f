#include "daemon/service/fault_log.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string_view>
#include <vector>

#include "probes/result.h"

namespace blipd {
namespace {

constexpr Duration kQuiet = std::chrono::seconds(10);

struct Kind {
  std::string_view begins;
  std::string_view over;
  std::string_view counted;
  std::uint64_t least = 1;  ///< from one look to the next, to begin
  Duration quiet = kQuiet;
};

enum : std::size_t { kRefused, kUnroutable, kReceiveDrops, kMissed, kStrangers, kNames, kConnections };

constexpr std::array<Kind, 7> kFaults{{
    {"our kernel refuses packets; their probes are void", "our kernel takes packets again", "packets"},
    {"our kernel has no way for packets; their probes are void", "our kernel has a way for packets again", "packets"},
    {"the receive queue was full; the probes of that time are void", "the receive queue is no longer full", "dropped"},
    {"probes are missed: this machine is held up, or too slow for the plan", "no probes are missed any more", "missed"},
    {"a flood of answers to nothing we sent", "the flood of answers is over", "answers", 1000},
    {"names cannot be resolved; their last addresses stay in use", "names can be resolved again", "failures", 1,
     std::chrono::seconds(150)},
    {"the web server can accept no connections", "the web server accepts connections again", "failures"},
}};

/// Slewing moves the wall clock by half a millisecond a second; what is less than this is nobody's business.
constexpr Duration kClockSet = std::chrono::milliseconds(100);

std::uint64_t missed_of(const Snapshot& snapshot) {
  std::uint64_t missed = 0;
  for (const NetworkSnapshot& network : snapshot.networks) {
    for (const ModuleSnapshot& module : network.modules) missed += module.probes.missed;
  }
  return missed;
}

}  // namespace

void FaultLog::compare(const Snapshot& snapshot, std::uint64_t accept_failures, const ClockBridge::Reading& clocks) {
  const Instant now = clocks.after;
  look(kRefused, snapshot.refused.packets, snapshot.refused.error, now);
  look(kUnroutable, snapshot.unroutable.packets, snapshot.unroutable.error, now);
  look(kReceiveDrops, snapshot.receive_drops, 0, now);
  look(kMissed, missed_of(snapshot), 0, now);
  look(kStrangers, snapshot.stray + snapshot.forged, 0, now);
  look(kNames, snapshot.resolve_failures, 0, now);
  look(kConnections, accept_failures, 0, now);
  look_at_clocks(snapshot, clocks);
}

void FaultLog::look(std::size_t kind, std::uint64_t counter, int error, Instant now) {
  Fault& fault = faults_[kind];
  const Kind& told = kFaults[kind];
  // A network that a reload has taken away takes its counters along.
  const std::uint64_t grown = counter - std::min(fault.seen, counter);
  if (grown >= told.least) {
    fault.grew = now;
    if (!fault.began) {
      fault.began = now;
      fault.before = fault.seen;
      std::vector<LogField> fields{{told.counted, grown}};
      if (error != 0) fields.emplace_back("error", describe_errno(error));
      log_.write(LogLevel::warn, told.begins, fields);
    }
  } else if (fault.began && now - fault.grew >= told.quiet) {
    log_.line(LogLevel::info, told.over,
              {{told.counted, counter - std::min(fault.before, counter)},
               {"lasted_seconds", to_seconds(fault.grew - *fault.began)}});
    fault.began.reset();
  }
  fault.seen = counter;
}

void FaultLog::look_at_clocks(const Snapshot& snapshot, const ClockBridge::Reading& clocks) {
  if (snapshot.suspended > suspended_) {
    log_.line(LogLevel::warn, "the machine was suspended; probes that were on their way are void",
              {{"seconds", to_seconds(snapshot.suspended - suspended_)}});
    suspended_ = snapshot.suspended;
  }
  if (clocks_) {
    const Duration step = (clocks.wall - clocks_->wall) - (clocks.before - clocks_->before);
    const Duration blur = (clocks.after - clocks.before) + (clocks_->after - clocks_->before);
    if (std::chrono::abs(step) > kClockSet + blur) {
      log_.line(LogLevel::warn, "the wall clock was set", {{"seconds", to_seconds(step)}});
    }
  }
  clocks_ = clocks;
}

}  // namespace blipd

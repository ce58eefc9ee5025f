// An event: an episode of one network, or of our own vantage, with its start, its end and what it rests on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace blipd {

/// Total loss is an outage, and a blip if it ended soon; a steady beat of both is flapping; loss that leaves some
/// through is spotty; the vantage's class is our own trouble.
enum class EventClass : std::uint8_t { blip, outage, spotty, flapping, vantage };
inline constexpr std::size_t kEventClasses = 5;
std::string_view to_string(EventClass c);

/// How losses lie: each by itself, or in bursts.
enum class LossPattern : std::uint8_t { unknown, random, bursty };
std::string_view to_string(LossPattern p);

enum class EventCause : std::uint8_t { unknown, route, congestion, host, filter, vantage };
std::string_view to_string(EventCause c);

struct Event {
  std::uint64_t id = 0;
  std::string network;  ///< empty for the vantage
  EventClass event_class = EventClass::outage;
  LossPattern pattern = LossPattern::unknown;
  EventCause cause = EventCause::unknown;
  Instant start{};  ///< best estimate; the truth lies within `start_uncertainty` of it
  Duration start_uncertainty{};
  std::optional<Instant> end;  ///< none while it is open
  Duration end_uncertainty{};
  Instant detected_at{};     ///< when it was first told
  std::uint64_t probes = 0;  ///< background probes sent from start to end, and those of them that failed
  std::uint64_t failures = 0;
  std::uint64_t hosts_affected = 0;
  std::uint64_t hosts_total = 0;
  bool retracted = false;  ///< ended because it turned out not to have been
};

}  // namespace blipd

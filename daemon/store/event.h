// An event: an episode of one network, or of our own vantage, with its start, its end and what it rests on. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/address.h"
#include "probes/clock.h"
#include "probes/prober.h"

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

/// An ICMP error that answered probes, with who sent it.
struct ErrorEvidence {
  IcmpErrorCode icmp;
  Address responder;
  std::uint64_t count = 0;
};

/// What speaks for the class and the cause. What is not known is nullopt, 0 or empty.
struct Evidence {
  bool retracted = false;  ///< ended because it turned out not to have been
  double log_likelihood =
      0;  ///< ln of how much likelier the losses are with the trouble than without, when it was told
  std::optional<double> loss;          ///< the loss that all hosts share, 0 to 1
  std::optional<double> burst_ratio;   ///< mean run of losses over that of random loss (McGowan 2005): 1 is random
  std::uint64_t falls = 0;             ///< times the network went dark during the event
  Duration dark{};                     ///< how long it was dark, all falls together
  std::optional<Duration> period;      ///< from fall to fall, mean
  bool steady = false;                 ///< the falls keep a beat
  bool together = false;               ///< the hosts fell silent at once, within seconds
  std::optional<Duration> rtt_before;  ///< median round-trip time of answers before, and during
  std::optional<Duration> rtt_during;
  std::uint64_t hosts_on_new_path = 0;  ///< whose answers come back with another hop limit than before
  std::uint64_t hosts_limited = 0;      ///< whose answers a rate limit holds back
  std::uint64_t voids = 0;              ///< background probes from start to end that are void: neither in `probes`
  std::vector<std::string> answering;   ///< modules of the network that go on being answered
  std::vector<ErrorEvidence> errors;    ///< most frequent first, at most 8
};

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
  Evidence evidence;
};

}  // namespace blipd

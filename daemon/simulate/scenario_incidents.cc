// The lists of incidents of a scenario file. Each kind knows its own keys; any other key is an error.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "daemon/simulate/scenario_decode.h"

namespace blipd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kMostRepeats = 100'000;
constexpr double kMostLoad = 1e12;

struct KindName {
  std::string_view name;
  IncidentKind kind;
};
constexpr std::array<KindName, kIncidentKinds> kKinds{{{"blip", IncidentKind::blip},
                                                       {"random_loss", IncidentKind::random_loss},
                                                       {"bursty_loss", IncidentKind::bursty_loss},
                                                       {"flapping", IncidentKind::flapping},
                                                       {"outage", IncidentKind::outage},
                                                       {"vantage", IncidentKind::vantage},
                                                       {"congestion", IncidentKind::congestion},
                                                       {"partial", IncidentKind::partial},
                                                       {"rate_limited", IncidentKind::rate_limited},
                                                       {"renumbering", IncidentKind::renumbering},
                                                       {"filter", IncidentKind::filter},
                                                       {"host_fault", IncidentKind::host_fault}}};

/// "4" is four hosts, "0.25" a quarter of them.
HostShare read_hosts(OptionReader& reader, std::string_view key) {
  HostShare hosts;
  const OptionValue* value = reader.value(key);
  if (value == nullptr) return hosts;
  if (value->kind == OptionValue::Kind::scalar && value->text.find('.') == std::string::npos) {
    hosts.count = static_cast<std::size_t>(reader.integer(key, 1, 1, static_cast<std::int64_t>(kMostHosts)));
  } else {
    hosts.share = reader.number(key, 1, 0, 1);
  }
  return hosts;
}

Way read_way(OptionReader& reader, Way fallback) {
  if (!reader.has("way")) return fallback;
  const std::string way = reader.choice("way", "forward", {"forward", "back", "either"});
  return way == "back" ? Way::back : way == "either" ? Way::either : Way::forward;
}

/// `share`: of the lost probes, if the file names errors but no share.
ErrorsSpec read_errors(OptionReader& incident, bool inside) {
  ErrorsSpec errors;
  errors.inside = inside;
  if (!incident.has("errors")) return errors;
  OptionReader reader = incident.nested("errors");
  errors.share = reader.number("share", 1, 0, 1);
  errors.inside = reader.choice("from", inside ? "inside" : "outside", {"inside", "outside"}) == "inside";
  constexpr std::array<std::string_view, 5> kWords{"net_unreachable", "host_unreachable", "port_unreachable",
                                                   "prohibited", "hop_limit"};
  const std::string what = reader.choice("what", errors.inside ? "host_unreachable" : "net_unreachable",
                                         {kWords[0], kWords[1], kWords[2], kWords[3], kWords[4]});
  const auto* const found = std::find(kWords.begin(), kWords.end(), what);
  errors.what = static_cast<RouterError>(found - kWords.begin());
  reader.finish();
  return errors;
}

FlappingSpec read_flapping(OptionReader& reader) {
  FlappingSpec flapping;
  flapping.period = reader.duration("period", minutes(20), seconds(1), kLongestScenario);
  flapping.jitter = reader.number("jitter", 0, 0, 1);
  flapping.poisson = reader.choice("falls", "periodic", {"periodic", "poisson"}) == "poisson";
  if (flapping.poisson && reader.has("jitter")) reader.report("jitter", "goes with falls: periodic alone");
  flapping.down = read_durations(reader, "down", Distribution::constant(seconds(90)), milliseconds(1));
  flapping.stagger = read_durations(reader, "stagger", {});
  flapping.loop = reader.duration("loop", Duration::zero(), Duration::zero(), kLongestScenario);
  flapping.between = read_distribution(reader, "loss_between", Quantity::number, {}, 0, 1);
  return flapping;
}

CongestionSpec read_congestion(OptionReader& reader) {
  CongestionSpec congestion;
  congestion.capacity = reader.number("capacity", 1, 1e-6, kMostLoad);
  congestion.load_from = reader.number("load_from", 0.6 * congestion.capacity, 0, kMostLoad);
  congestion.load_to = reader.number("load_to", 2 * congestion.capacity, 0, kMostLoad);
  congestion.ramp = reader.duration("ramp", minutes(10), Duration::zero(), kLongestScenario);
  congestion.hold = reader.duration("hold", minutes(10), Duration::zero(), kLongestScenario);
  congestion.fall = reader.duration("fall", Duration::zero(), Duration::zero(), kLongestScenario);
  congestion.buffer = reader.duration("buffer", milliseconds(250), Duration::zero(), minutes(1));
  congestion.burst = reader.duration("burst", milliseconds(5), Duration::zero(), minutes(1));
  if (congestion.load_from >= congestion.capacity) reader.report("load_from", "must be below capacity");
  if (congestion.load_to <= congestion.load_from) reader.report("load_to", "must be above load_from");
  if (congestion.ramp + congestion.hold + congestion.fall <= Duration::zero()) reader.report("hold", "nothing lasts");
  congestion.stopping = read_hosts(reader, "stopping");
  if (reader.has("stop_after")) {
    congestion.stop_after = reader.duration("stop_after", Duration::zero(), Duration::zero(), kLongestScenario);
  }
  if (congestion.stop_after.has_value() == congestion.stopping.all()) {
    reader.report("stopping", "goes together with stop_after");
  }
  return congestion;
}

void decode_kind(OptionReader& reader, IncidentSpec& spec) {
  switch (spec.kind) {
    case IncidentKind::blip:
    case IncidentKind::outage:
    case IncidentKind::partial:
      spec.way = read_way(reader, Way::forward);
      spec.errors = read_errors(reader, false);
      break;
    case IncidentKind::random_loss:
    case IncidentKind::vantage:
      spec.loss = reader.number("loss", 1, 0, 1);
      if (spec.kind == IncidentKind::random_loss && !reader.has("loss")) reader.report("loss", "missing");
      spec.way = read_way(reader, spec.kind == IncidentKind::vantage ? Way::forward : Way::either);
      break;
    case IncidentKind::bursty_loss:
      spec.bursts = decode_bursts(reader);
      spec.way = read_way(reader, Way::either);
      break;
    case IncidentKind::flapping:
      spec.flapping = read_flapping(reader);
      break;
    case IncidentKind::congestion:
      spec.congestion = read_congestion(reader);
      spec.lasts = Distribution::constant(spec.congestion.ramp + spec.congestion.hold + spec.congestion.fall);
      break;
    case IncidentKind::rate_limited:
      spec.hosts = read_hosts(reader, "hosts");
      spec.limit = decode_rate_limit(reader);
      break;
    case IncidentKind::renumbering:
      spec.hosts = read_hosts(reader, "hosts");
      spec.shift = static_cast<std::uint64_t>(reader.integer("shift", 0, 0, INT64_MAX));
      break;
    case IncidentKind::filter:
      spec.hosts = read_hosts(reader, "hosts");
      spec.errors = read_errors(reader, false);
      break;
    case IncidentKind::host_fault:
      spec.hosts = read_hosts(reader, "hosts");
      spec.loss = reader.number("loss", 1, 0, 1);
      spec.errors = read_errors(reader, true);
      break;
  }
}

/// Kinds that are a state of affairs, which needs no end.
bool may_last(IncidentKind kind) {
  return kind == IncidentKind::rate_limited || kind == IncidentKind::renumbering || kind == IncidentKind::filter ||
         kind == IncidentKind::host_fault;
}

IncidentSpec decode_incident(const OptionValue& value, const std::string& path, bool of_vantage,
                             std::vector<Problem>& problems) {
  IncidentSpec spec;
  OptionReader reader(value, path, problems);
  if (value.kind != OptionValue::Kind::mapping) return spec;
  std::vector<std::string> words;
  for (const KindName& kind : kKinds) words.emplace_back(kind.name);
  const std::string word = reader.text("kind", "");
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [&word](const KindName& kind) { return kind.name == word; });
  if (!reader.has("kind")) {
    reader.report("kind", "missing");
    return spec;
  }
  if (found == kKinds.end() || (found->kind == IncidentKind::vantage) != of_vantage) {
    const std::string near = nearest_word(word, words);
    const bool known = found != kKinds.end();
    reader.report(
        "kind", in_quotes(word) + (known          ? " does not belong here: vantage is for vantage.incidents alone"
                                   : near.empty() ? " is no kind of incident"
                                                  : " is no kind of incident (did you mean " + in_quotes(near) + "?)"));
    return spec;
  }
  spec.kind = found->kind;
  spec.name = reader.text("name", "");
  if (reader.has("at")) spec.at = read_durations(reader, "at", {});
  spec.gap = read_durations(reader, "gap", {});
  spec.repeat = static_cast<std::size_t>(reader.integer("repeat", 1, 1, kMostRepeats));
  spec.networks = of_vantage ? 1 : reader.number("networks", 1, 0, 1);
  spec.from = reader.text("from", "");
  if (spec.kind == IncidentKind::partial && spec.from.empty()) {
    reader.report("from", "missing: a partial incident names the vantage that sees it");
  }
  decode_kind(reader, spec);
  if (spec.kind != IncidentKind::congestion) {
    if (reader.has("for")) {
      spec.lasts = read_durations(reader, "for", Distribution::constant(seconds(1)), milliseconds(1));
    } else if (may_last(spec.kind)) {
      spec.to_the_end = true;
    } else {
      reader.report("for", "missing");
    }
  }
  if (spec.to_the_end && spec.repeat > 1) reader.report("repeat", "needs `for`: without it the first one never ends");
  reader.finish();
  return spec;
}

}  // namespace

RateLimitSpec decode_rate_limit(OptionReader& reader) {
  RateLimitSpec limit;
  limit.every = reader.duration("every", seconds(1), std::chrono::microseconds(1), std::chrono::hours(1));
  limit.burst = static_cast<unsigned>(reader.integer("burst", 1, 1, 1'000'000));
  limit.others = reader.number("others", 0, 0, 100'000);
  return limit;
}

BurstsSpec decode_bursts(OptionReader& reader) {
  BurstsSpec bursts;
  if (!reader.has("share")) reader.report("share", "missing");
  bursts.share = reader.number("share", 0.01, 0.000001, 0.999);
  bursts.mean_bad = reader.duration("mean_bad", seconds(1), milliseconds(1), std::chrono::hours(1));
  bursts.loss_bad = reader.number("loss_bad", 1, 0, 1);
  bursts.loss_good = reader.number("loss_good", 0, 0, 1);
  return bursts;
}

std::vector<IncidentSpec> decode_incidents(OptionReader& reader, std::string_view key, bool of_vantage,
                                           std::vector<Problem>& problems) {
  std::vector<IncidentSpec> incidents;
  const OptionValue* list = reader.value(key);
  if (list == nullptr) return incidents;
  if (list->kind != OptionValue::Kind::sequence) {
    reader.report(key, wrong_kind("a list", list->kind));
    return incidents;
  }
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string path = reader.path_to(key) + "[" + std::to_string(i) + "]";
    incidents.push_back(decode_incident(list->items[i], path, of_vantage, problems));
  }
  return incidents;
}

}  // namespace blipd

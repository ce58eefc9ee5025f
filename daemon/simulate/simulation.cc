#include "daemon/simulate/simulation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/engine/engine.h"
#include "daemon/simulate/ratio_truth.h"
#include "daemon/simulate/scenario_config.h"
#include "daemon/simulate/simulated_link.h"
#include "daemon/store/flights.h"

namespace blipd {
namespace {

constexpr Instant kBegin = kSimulationBegin;
/// As the probing thread rests between two steps.
constexpr Duration kRest = std::chrono::milliseconds(1);
/// The outcome of a probe is booked within its timeout and five seconds; a verdict may reach back over a window.
constexpr Duration kMargin = std::chrono::seconds(70);
/// Success ratios are held against the truth over windows of about this length, in so many networks at most: asking
/// for the truth takes longer than finding it out.
constexpr Duration kRatioWindow = std::chrono::minutes(5);
constexpr std::size_t kMostRatioNetworks = 20;

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t voids = 0;
};

Totals totals_of(const Snapshot& snapshot) {
  Totals totals;
  for (const NetworkSnapshot& network : snapshot.networks) {
    for (const ModuleSnapshot& module : network.modules) {
      totals.sent += module.probes.sent;
      for (const std::uint64_t count : module.probes.voids) totals.voids += count;
    }
  }
  return totals;
}

/// Drives an engine through the scenario.
class Simulation {
 public:
  Simulation(World& world, const SimulationOptions& options)
      : world_(world),
        options_(options),
        link_(world, kBegin),
        engine_(Engine::create(link_.ports([this](const Event& event) { on_event(event); }), world.seed())),
        ill_(vantage_times({world.truth().begin(), world.truth().end()}, kMargin)) {}

  std::optional<Error> run(const Config& config) {
    choose_window(config);
    const auto shared = std::make_shared<const Config>(config);
    Result<PreparedConfigPtr> prepared = engine_->prepare(shared, kBegin);
    if (!prepared) return prepared.error();
    engine_->apply(std::move(*prepared), kBegin);
    const Instant end = kBegin + world_.scenario().length;
    std::vector<Duration> marks = edges();
    std::size_t mark = 0;
    Instant next_ratios = kBegin + ratio_window_.length + ratio_delay_;
    for (Instant now = kBegin; now < end;) {
      link_.set_now(now);
      for (; next_ratios <= now; next_ratios += ratio_window_.length) compare_ratios(now);
      for (; mark < marks.size() && kBegin + marks[mark] <= now; ++mark) pass_edge(now);
      const Instant wake = engine_->step(now);
      const std::optional<Instant> arrival = link_.next_arrival();
      now = std::max(now + kRest, arrival ? std::min(wake, *arrival) : wake);
    }
    pass_edge(end);
    return std::nullopt;
  }

  ScoreInput input(const Config& config) const {
    ScoreInput input;
    input.begin = kBegin;
    input.length = world_.scenario().length;
    for (std::size_t i = 0; i < world_.networks(); ++i) input.networks.push_back(world_.network_name(i));
    input.truth.assign(world_.truth().begin(), world_.truth().end());
    for (const auto& [id, event] : events_) input.events.push_back(event);
    input.borders.spotty = config.detection.spotty;
    input.borders.down = config.detection.down;
    input.traffic = link_.traffic(input.length);
    input.ratios = ratios_;
    input.probes_outside_vantage = outside_.sent;
    input.void_outside_vantage = outside_.voids;
    return input;
  }

 private:
  void on_event(const Event& event) {
    events_[event.id] = event;
    if (options_.told) options_.told(event, link_.now() - kBegin);
  }

  /// The moments at which a vantage incident begins or ends to matter.
  std::vector<Duration> edges() const {
    std::vector<Duration> edges;
    for (const Span& span : ill_.spans()) {
      edges.push_back(span.start);
      edges.push_back(span.end);
    }
    return edges;
  }

  void choose_window(const Config& config) {
    ratio_window_ = config.windows.front();
    for (const WindowConfig& window : config.windows) {
      const auto distance = [](const WindowConfig& w) { return std::chrono::abs(w.length - kRatioWindow); };
      if (distance(window) < distance(ratio_window_)) ratio_window_ = window;
    }
    ratio_index_ = 0;
    while (config.windows[ratio_index_].label != ratio_window_.label) ++ratio_index_;
    ratio_timeout_ = config.modules.front().timeout;
    ratio_delay_ = ratio_timeout_ + kHold;
  }

  /// Of the first module of each network, which is asked by echo requests or as if it were.
  void compare_ratios(Instant now) {
    const Duration to = now - kBegin - ratio_delay_;
    const Duration from = to - ratio_window_.length;
    if (ill_.touches({from, to})) return;
    const std::shared_ptr<Snapshot> snapshot = engine_->snapshot(now, WallTime{});
    const std::size_t networks = std::min(snapshot->networks.size(), kMostRatioNetworks);
    for (std::size_t i = 0; i < networks; ++i) {
      const NetworkSnapshot& network = snapshot->networks[i];
      if (network.modules.empty() || i >= world_.networks() || world_.network_name(i) != network.name) continue;
      const WindowRatio& window = network.modules.front().windows[ratio_index_];
      if (window.probes == 0) continue;
      ratios_.push_back({window.ratio, window.lower, window.upper, truth_.ratio(i, from, to, ratio_timeout_)});
    }
  }

  void pass_edge(Instant now) {
    const Totals totals = totals_of(*engine_->snapshot(now, WallTime{}));
    if (!inside_) {
      outside_.sent += totals.sent - before_.sent;
      outside_.voids += totals.voids - before_.voids;
    }
    before_ = totals;
    inside_ = !inside_;
  }

  World& world_;
  RatioTruth truth_{world_};
  WindowConfig ratio_window_;
  std::size_t ratio_index_ = 0;
  Duration ratio_timeout_{};
  Duration ratio_delay_{};  ///< until a probe's outcome is in the windows
  std::vector<RatioSample> ratios_;
  const SimulationOptions& options_;
  SimulatedLink link_;
  std::unique_ptr<Engine> engine_;
  SpanSet ill_;
  std::map<std::uint64_t, Event> events_;  ///< as they were last told
  Totals before_;
  Totals outside_;
  bool inside_ = false;
};

}  // namespace

Duration truth_interval(std::size_t networks, Duration length) {
  for (const Duration interval : {Duration(std::chrono::seconds(1)), Duration(std::chrono::minutes(1))}) {
    const auto rows = static_cast<std::size_t>(length / interval) + 1;
    if (networks * rows <= kMostTruthRows) return interval;
  }
  return std::chrono::hours(1);
}

Result<SimulationResult> simulate(const Scenario& scenario, const SimulationOptions& options) {
  World world(scenario, options.seed.value_or(scenario.seed), options.vantage);
  const Result<Config> config = probing_config(scenario);
  if (!config) return config.error();
  if (options.played) world.record(truth_interval(world.networks(), scenario.length));
  Simulation simulation(world, options);
  if (std::optional<Error> error = simulation.run(*config)) return *error;
  SimulationResult result;
  result.seed = world.seed();
  result.vantage = world.vantage();
  for (std::size_t i = 0; i < world.networks(); ++i) result.hosts += world.hosts_of(i).size();
  result.begin = kBegin;
  result.input = simulation.input(*config);
  result.probes = result.input.traffic.probes;
  result.score = score(result.input);
  if (options.played) options.played(world);
  return result;
}

}  // namespace blipd

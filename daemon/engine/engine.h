// The probing loop without its thread: schedule, probers, store and detect, driven by whoever calls `step` with the
// time. The daemon drives it with CLOCK_BOOTTIME on a thread of its own (daemon/service/probing_thread.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/engine/kept_state.h"
#include "daemon/store/event.h"
#include "daemon/store/snapshot.h"
#include "daemon/store/target_list.h"
#include "probes/prober.h"
#include "probes/result.h"

namespace blipd {

struct EngineShare;
class VantageExchange;

/// What the engine needs of the machine; a simulated network gives others.
struct EnginePorts {
  /// Opens the sockets of a prober. Any thread.
  std::function<Result<std::unique_ptr<Prober>>(const ProberType&, const ProbeEnvironment&)> open;
  /// Whether an ICMP error was made by our own kernel about our own route. Probing thread.
  std::function<bool(const Answer& error)> is_local_fault;
  /// How many lookups of host names gave nothing, for the snapshot. Probing thread. May be empty.
  std::function<std::uint64_t()> resolve_failures{};
  /// Told of each event when it opens and when it has ended. Probing thread. May be empty.
  std::function<void(const Event& event)> on_event{};
  /// How long the machine has been suspended since it was booted; never less than before. Probing thread. May be empty.
  std::function<Duration()> suspended{};
};

/// The ports of the real machine: raw sockets, and the addresses of its interfaces.
EnginePorts kernel_ports();

/// The place of an engine among those that share the work of one daemon, each driven by a thread of its own. The first
/// asks the references and reaches the verdict on our own vantage for all.
struct EngineSeat {
  std::shared_ptr<VantageExchange> exchange;  ///< null: it is the only one
  std::size_t index = 0;
  std::size_t engines = 1;
};

/// The seats of so many engines, at least one.
std::vector<EngineSeat> engine_seats(std::size_t engines);

/// A configuration turned into blocks, made off the probing thread; holds everything that takes time to build.
struct PreparedConfig;
struct PreparedConfigDeleter {
  void operator()(PreparedConfig* prepared) const;
};
using PreparedConfigPtr = std::unique_ptr<PreparedConfig, PreparedConfigDeleter>;

class Engine {
 public:
  virtual ~Engine() = default;
  /// `seed` places probes inside their rounds.
  static std::unique_ptr<Engine> create(EnginePorts ports, std::uint64_t seed, const EngineSeat& seat = {});

  /// Builds what `apply` will switch to, and opens sockets that are needed and not open yet. Any thread, while no
  /// `apply` is running or due. A prepared configuration that is dropped has changed nothing.
  virtual Result<PreparedConfigPtr> prepare(std::shared_ptr<const Config> config, Instant now) = 0;
  /// The same for a part of it, which is all that this engine will have.
  virtual Result<PreparedConfigPtr> prepare_share(std::shared_ptr<const Config> config, EngineShare share,
                                                  Instant now) = 0;
  /// Switches. Keeps counters, windows and states of networks and modules that stay. Probing thread.
  virtual void apply(PreparedConfigPtr prepared, Instant now) = 0;
  /// Sends what is due, reads what arrived, times out, books, decides. Returns when it wants to be called next at the
  /// latest; earlier does no harm. Probing thread.
  virtual Instant step(Instant now) = 0;
  /// How long the next step had better wait after the beginning of this one, though answers come: they carry kernel
  /// stamps, and few of them at a time cost as much as many. At most 40 ms and a fifth of
  /// the shortest interval. Probing thread.
  virtual Duration rest() const { return std::chrono::milliseconds(1); }
  /// Something happened to our own side within [from, to]: silence over it is nobody's fault but ours. Probing thread.
  virtual void on_own_fault(Instant from, Instant to) = 0;
  virtual std::shared_ptr<Snapshot> snapshot(Instant now, WallTime wall) = 0;
  /// The targets of one network as they are now; nullopt if there is none of that name. Probing thread.
  virtual std::optional<TargetList> target_list(std::string_view network, const TargetRange& range) const = 0;
  /// What outlives the process, in pieces: the windows of at most `most` networks and modules, from a block on.
  virtual WindowsPiece kept_windows(std::uint32_t from, std::size_t most) const = 0;
  /// At most `most` hosts of the network and one of its modules, and those that share the last one's address. Probing
  /// thread, as the one above.
  virtual HostsPiece kept_hosts(std::string_view network, const HostsPosition& from, std::size_t most) const = 0;
  /// What an earlier run gave away, at once or in parts. After the first `apply`, before the first `step`.
  virtual void restore(RestoredState state, Instant now) = 0;
  /// Descriptors whose readability should wake the loop; may change with `apply`.
  virtual std::vector<int> descriptors() const = 0;
};

}  // namespace blipd

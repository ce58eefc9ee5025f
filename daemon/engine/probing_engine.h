// The engine: one loop over schedule, probers, store and detect.
//
// A step goes round once: send what is due, read everything that arrived, and only then judge. Timeouts are judged
// after the sockets were found empty, by the kernel's receive stamps, so that a loop that was held up for seconds
// reports no loss that did not happen. Under overload sends are shed (missed, counted); replies never are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/detect/common_silence.h"
#include "daemon/detect/event_book.h"
#include "daemon/detect/module_detector.h"
#include "daemon/detect/vantage.h"
#include "daemon/detect/vantage_exchange.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/prepared.h"
#include "daemon/engine/restored_hosts.h"
#include "daemon/schedule/schedule.h"
#include "daemon/store/store.h"

namespace blipd {

class ProbingEngine final : public Engine, private AnswerSink, private OutcomeSink {
 public:
  ProbingEngine(EnginePorts ports, std::uint64_t seed, const EngineSeat& seat);

  Result<PreparedConfigPtr> prepare(std::shared_ptr<const Config> config, Instant now) override;
  Result<PreparedConfigPtr> prepare_share(std::shared_ptr<const Config> config, EngineShare share,
                                          Instant now) override;
  void apply(PreparedConfigPtr prepared, Instant now) override;
  Instant step(Instant now) override;
  Duration rest() const override;
  void on_own_fault(Instant from, Instant to) override;
  std::shared_ptr<Snapshot> snapshot(Instant now, WallTime wall) override;
  std::optional<TargetList> target_list(std::string_view network, const TargetRange& range) const override;
  WindowsPiece kept_windows(std::uint32_t from, std::size_t most) const override;
  HostsPiece kept_hosts(std::string_view network, const HostsPosition& from, std::size_t most) const override;
  void restore(RestoredState state, Instant now) override;
  std::vector<int> descriptors() const override;

 private:
  /// Probes of one module that leave together.
  struct Batch {
    PreparedModule module;
    FlightLane* lane = nullptr;
    Purpose purpose = Purpose::background;
    std::vector<ProbeRequest> requests;
    std::vector<Instant> due;
    std::vector<SendResult> results;
  };
  struct BlockRuntime {
    std::size_t network = 0;            ///< index in networks_
    std::size_t batch = 0;              ///< index in batches_
    std::vector<std::uint32_t> places;  ///< of each ordinal; empty: the same
    BlockHosts hosts;                   ///< by ordinal
    Duration round{};
    ModuleDetector detector;
    Instant next_inspection{};
    // Of adaptive probes.
    Instant asked_at{};
    std::uint32_t question = 0;
    unsigned asked_in_a_row = 0;
    Instant next_limit_test{};
  };
  struct NetworkRuntime {
    std::string name;
    std::vector<std::uint32_t> blocks;
    std::vector<std::uint32_t> voices;  ///< of these, the modules whose word is the network's
    State state = State::unknown;
    Instant since{};
    std::optional<WallTime> since_wall;  ///< read from the wall clock once for each change: it must not flicker
    std::uint64_t changes = 0;
    bool looked_at = false;                    ///< it is in look_
    std::optional<std::uint32_t> event_block;  ///< whose episode the open event tells
    std::uint64_t event_serial = 0;            ///< of that episode
  };
  struct Reference {
    Address address;
    Instant due{};
  };
  struct ActiveProber {
    std::shared_ptr<Prober> prober;
    std::optional<Instant> retired_at;  ///< still read: answers to what it sent may be on their way
    std::uint64_t drops = 0;
  };

  // target_list.cc
  std::optional<TargetList> list_targets(std::string_view network, const TargetRange& range) const;

  // probing_engine.cc
  void notice_standstill(Instant now);
  void notice_suspension(Instant now);
  void send_references(Instant now);
  void send_due(Instant now);
  void fetch_due() const;
  void enqueue(Batch& batch, TargetNumber number, const Address& to, std::string_view host, Instant due);
  void flush(Batch& batch, Instant now);
  bool receive();
  void judge(Instant now);
  Instant wake_time(Instant now);
  void check_drops(Instant now);
  void resolve_short_quote(const Answer& answer);
  void on_answers(std::span<const Answer> answers) override;

  // judge_vantage.cc
  /// Another engine reaches the verdict on our vantage.
  bool follows() const { return seat_.index != 0; }
  void judge_vantage(Instant now);
  void reach_verdict(Instant now);
  void follow_verdict();
  void tell_evidence();
  void ask_references(Instant now);
  /// What was sent and had ended kHold before then may be judged: the verdict on our vantage is known so far.
  Instant judged_until(Instant now) const { return follows() ? verdict_judged_ : now; }

  // outcomes.cc
  void on_booked(Block& block, const ProbeNews& probe, bool reply, unsigned failure_run) override;
  void on_void(Block& block, const ProbeNews& probe) override;
  void fetch_for_booking(const Block& block) override;
  void on_suspect(Block& block, const ProbeNews& probe) override;
  void on_reply(Block& block, const ProbeNews& probe, Duration round_trip, std::uint8_t hop_limit,
                bool was_suspect) override;
  void on_late(Block& block, const ProbeNews& probe) override;
  void on_withdrawn(Block& block, const ProbeNews& probe) override;
  void on_error(Block& block, const ProbeNews& probe, const IcmpErrorCode& icmp, const Address& responder) override;
  void on_reference(std::uint32_t place, Instant sent, bool reply, Duration round_trip) override;

  // judge_states.cc
  void look_at(std::size_t network);
  void judge_states(Instant now);
  void judge_network(NetworkRuntime& network, Instant now);
  std::vector<std::uint32_t> voices_of(const NetworkRuntime& network) const;
  std::vector<std::uint32_t> judges_of(const NetworkRuntime& network) const;
  void sync_event(NetworkRuntime& network, Instant now);
  void close_event(NetworkRuntime& network, std::uint32_t block, const Episode& episode, Instant now);
  Event event_of(const NetworkRuntime& network, std::uint32_t block, const Episode& episode) const;
  void ask_further(std::uint32_t block, Instant now);

  // limit_tests.cc
  const TargetState* same_host(std::uint32_t block, const Address& address) const;
  void test_limits(const NetworkRuntime& network, std::uint32_t block, Instant now);
  void ask_for_limits(std::uint32_t block, Instant now);
  HostConditions conditions_of(std::uint32_t block) const;

  // apply.cc
  void apply_probers(const Catalog& before, Instant now);
  void apply_references(const ReferencesConfig& references, Instant now);
  void apply_networks(PreparedConfig& prepared, Instant now);
  void apply_block(PreparedBlock& block, Instant now);

  // snapshot_builder.cc
  NetworkSnapshot network_snapshot(NetworkRuntime& network, Instant now, WallTime wall) const;
  ModuleSnapshot module_snapshot(const Block& block, Instant now) const;
  std::vector<HostSnapshot> host_snapshots(const Block& block, Instant until) const;
  bool first_rounds_ended(Instant now) const;

  EnginePorts ports_;
  const EngineSeat seat_;
  Catalog catalog_;  ///< read by `prepare`, changed by `apply`, never at once
  Vantage vantage_;
  Store store_;
  Schedule schedule_;
  CommonSilence common_silence_;
  EventBook events_;

  std::shared_ptr<const Config> config_;
  std::vector<const NetworkConfig*> configured_;  ///< in config_: ours, as networks_
  std::vector<Duration> window_lengths_;
  std::vector<Batch> batches_;           ///< one for each module
  std::vector<Batch> adaptive_batches_;  ///< of the same modules
  Batch reference_batch_;
  std::vector<Reference> references_;
  bool without_references_ = true;                       ///< in the configuration; whoever follows has none of its own
  std::uint32_t first_reference_ = 0;                    ///< place of references_[0]
  std::vector<std::unique_ptr<BlockRuntime>> runtimes_;  ///< by block number
  std::vector<NetworkRuntime> networks_;                 ///< in the order of the configuration
  RestoredHosts restored_hosts_;
  std::vector<ActiveProber> probers_;
  ProberFaults closed_;  ///< of probers that are gone
  std::uint64_t targets_ = 0;

  std::vector<std::uint32_t> look_;     ///< networks to judge at the next turn
  std::vector<std::uint32_t> looking_;  ///< and in this one
  Instant next_sweep_{};
  bool vantage_was_ok_ = true;
  Instant vantage_since_{};
  Instant ill_since_{};
  VantageEvidence evidence_;  ///< since it was last told to the engine that reaches the verdict
  Instant verdict_judged_{};  ///< the moment up to which everything was known to the verdict in `vantage_`

  std::vector<DueProbe> due_;
  std::vector<MissedProbes> missed_;
  Duration quantum_ = std::chrono::milliseconds(20);  ///< sends are gathered for so long
  std::size_t answers_ = 0;                           ///< of this step
  std::optional<Instant> started_;
  Instant next_judgement_{};
  Instant drops_checked_{};
  Instant quotes_second_{};
  unsigned quotes_searched_ = 0;
  std::optional<Duration> suspended_before_;  ///< of the machine, before we ran
  Duration suspended_{};                      ///< since then
  Instant last_step_{};
  Instant promised_ = Instant::max();  ///< the next step was to begin by then
  Instant patient_until_{};            ///< nothing is timed out or booked before
  LagHistogram lag_;
  bool sending_ = false;
};

}  // namespace blipd

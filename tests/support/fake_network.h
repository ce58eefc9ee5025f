// A network behind the packet interface, for tests in virtual time: it answers, or not, as the test says.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/engine/engine.h"
#include "probes/prober.h"

namespace blipd::test {

/// What happens to one probe.
struct Fate {
  std::optional<Duration> reply_after{};  ///< none: lost
  std::optional<Duration> duplicate_after{};
  std::optional<IcmpErrorCode> icmp_error{};  ///< sent back by `router`
  Duration icmp_error_after{};
  Address router{};
  int send_error = 0;
  bool forged_too = false;
  bool short_quote = false;                ///< the ICMP error quotes too little to authenticate
  std::optional<FailureReason> failure{};  ///< the reply says that the probe failed
  int unsent = 0;                          ///< the reply says that our own side could not carry it out
};

class FakeNetwork {
 public:
  using Decide = std::function<Fate(const ProbeRequest&, Instant sent)>;

  Decide decide = [](const ProbeRequest&, Instant) { return Fate{.reply_after = std::chrono::milliseconds(20)}; };
  Instant now{};
  std::uint64_t sent = 0;
  std::uint64_t receive_drops = 0;
  std::vector<Event> events;            ///< as they were told
  Duration suspended{};                 ///< of the machine, since it was booted
  Instant dark_from{};                  ///< what would come after it,
  Instant dark_to{};                    ///< and up to here, is lost
  bool deaf = false;                    ///< answers queue up unread, as in a stopped process
  std::function<void()> before_packet;  ///< called for each that is sent; may let time pass
  std::function<void()> before_read;    ///< called before the answers are read; may let time pass
  bool send_stamps = true;              ///< false: the packets of one call share its time out evenly

  /// The whole machine does nothing: what would have come meanwhile comes at the end of it.
  void stand_still(Duration span) {
    standstills_.emplace_back(now, now + span);
    now += span;
  }

  EnginePorts ports() {
    return {[this](const ProberType&, const ProbeEnvironment&) -> Result<std::unique_ptr<Prober>> {
              return std::unique_ptr<Prober>(new FakeProber(*this));
            },
            [this](const Answer& error) { return local_fault && local_fault(error); },
            {},
            [this](const Event& event) { events.push_back(event); },
            [this] { return suspended; }};
  }
  std::function<bool(const Answer&)> local_fault;

  /// Of the first answer on its way; no earlier than now, and not before the end of time if there is none.
  Instant next_arrival() const {
    Instant first = Instant::max();
    for (const FakeProber* prober : probers_) first = std::min(first, prober->next_arrival());
    return std::max(first, now);
  }

 private:
  class FakeProber final : public Prober {
   public:
    explicit FakeProber(FakeNetwork& network) : network_(network), drops_before_(network.receive_drops) {
      network_.probers_.push_back(this);
    }
    ~FakeProber() override { std::erase(network_.probers_, this); }
    FakeProber(const FakeProber&) = delete;
    FakeProber& operator=(const FakeProber&) = delete;

    Instant next_arrival() const {
      Instant first = Instant::max();
      for (const Answer& answer : queue_) first = std::min(first, answer.received);
      return first;
    }

    void send(const ModuleOptions&, std::span<const ProbeRequest> requests, std::span<SendResult> results) override {
      const Instant began = network_.now;
      for (std::size_t i = 0; i < requests.size(); ++i) {
        const ProbeRequest& request = requests[i];
        if (network_.before_packet) network_.before_packet();
        const Fate fate = network_.decide(request, network_.now);
        results[i] = {network_.now, fate.send_error};
        ++network_.sent;
        if (fate.send_error != 0) continue;
        Answer answer;
        answer.number = request.number;
        answer.slot = request.slot;
        answer.from = answer.to = request.to;
        if (fate.forged_too) push(AnswerKind::forged, answer, Duration::zero());
        if (fate.icmp_error) {
          Answer error = answer;
          error.icmp = *fate.icmp_error;
          error.from = fate.router;
          push(fate.short_quote ? AnswerKind::short_quote : AnswerKind::icmp_error, error, fate.icmp_error_after);
        }
        if (fate.failure) answer.reason = *fate.failure;
        answer.error = fate.unsent;
        const AnswerKind kind = fate.failure       ? AnswerKind::failure
                                : fate.unsent != 0 ? AnswerKind::unsent
                                                   : AnswerKind::reply;
        if (fate.reply_after) push(kind, answer, *fate.reply_after);
        if (fate.duplicate_after) push(AnswerKind::reply, answer, *fate.duplicate_after);
      }
      if (network_.send_stamps) return;
      const auto gaps = static_cast<Duration::rep>(requests.size() + 1);
      Duration::rep gap = 0;
      for (SendResult& result : results) result.at = began + (network_.now - began) * ++gap / gaps;
    }
    bool receive(AnswerSink& sink) override {
      if (network_.before_read) network_.before_read();
      if (network_.deaf) return true;
      for (Answer& answer : queue_) {
        for (const auto& [from, to] : network_.standstills_) {
          if (answer.received > from && answer.received < to) answer.received = to;
        }
      }
      std::erase_if(queue_,
                    [&](const Answer& a) { return a.received > network_.dark_from && a.received <= network_.dark_to; });
      std::vector<Answer> ready;
      for (const Answer& answer : queue_) {
        if (answer.received <= network_.now) ready.push_back(answer);
      }
      std::erase_if(queue_, [&](const Answer& a) { return a.received <= network_.now; });
      if (!ready.empty()) sink.on_answers(ready);
      return false;
    }
    /// As if the sixteen bits of a short quote fitted every probe to that host.
    bool quotes(const Answer& quote, const ProbeRequest& request) const override { return quote.to == request.to; }
    std::vector<int> descriptors() const override { return {}; }
    ProberFaults faults() override { return {network_.receive_drops - drops_before_, 0, 0}; }

   private:
    void push(AnswerKind kind, Answer answer, Duration after) {
      answer.kind = kind;
      answer.received = network_.now + after;
      queue_.push_back(answer);
    }
    FakeNetwork& network_;
    const std::uint64_t drops_before_;  ///< seen by probers that were there earlier
    std::deque<Answer> queue_;
  };

  std::vector<FakeProber*> probers_;                      ///< those that live
  std::vector<std::pair<Instant, Instant>> standstills_;  ///< of the whole machine, oldest first
};

/// A configuration made by hand: networks under 198.18.N.0, all `mine`, one module "ping".
class ConfigBuilder {
 public:
  ConfigBuilder() {
    config_.vantage.name = "test";
    config_.windows = {{"1m", std::chrono::minutes(1)}, {"5m", std::chrono::minutes(5)}};
    config_.limits.packets_per_second = 1e6;
    config_.modules.push_back(
        {"ping", &kType, std::make_shared<ModuleOptions>(), std::chrono::seconds(1), std::chrono::seconds(3)});
  }
  ConfigBuilder& network(const std::string& name, unsigned octet, unsigned hosts) {
    NetworkConfig network;
    network.name = name;
    network.modules = {"ping"};
    network.mine = true;
    for (unsigned i = 0; i < hosts; ++i) network.hosts.push_back(Address::v4(0xc6120000U + octet * 256 + i));
    config_.networks.push_back(network);
    return *this;
  }
  ConfigBuilder& references(unsigned count, unsigned quorum) {
    for (unsigned i = 0; i < count; ++i) config_.vantage.references.hosts.push_back(Address::v4(0xc6336400U + i));
    config_.vantage.references.quorum = quorum;
    return *this;
  }
  ConfigBuilder& timing(Duration interval, Duration timeout) {
    config_.modules[0].interval = interval;
    config_.modules[0].timeout = timeout;
    return *this;
  }
  Config& raw() { return config_; }
  std::shared_ptr<const Config> build() const { return std::make_shared<const Config>(config_); }

 private:
  static inline const ProberType kType{"fake", {}, true, false, nullptr, nullptr};
  Config config_;
};

/// Network number of a test address: 198.18.N.x.
inline unsigned octet_of(const Address& address) { return (address.v4_value() >> 8U) & 0xffU; }
inline bool is_reference(const Address& address) { return (address.v4_value() >> 8U) == 0xc63364U; }

/// An engine over a fake network, driven through virtual time; checks the identity at every snapshot it takes.
class VirtualDaemon {
 public:
  explicit VirtualDaemon(std::shared_ptr<const Config> config) : engine_(Engine::create(network.ports(), 7)) {
    network.now = Instant(std::chrono::hours(1));
    start_ = network.now;
    reload(std::move(config));
  }
  void reload(std::shared_ptr<const Config> config) {
    Result<PreparedConfigPtr> prepared = engine_->prepare(std::move(config), network.now);
    engine_->apply(std::move(*prepared), network.now);
    next_ = network.now;
  }
  /// Steps as the probing thread would: when it asked for it, and when an answer has come.
  void run_for(Duration span) {
    const Instant end = network.now + span;
    while (network.now < end) {
      if (!network.deaf || network.now >= next_) next_ = engine_->step(network.now);
      const Instant wake = network.deaf ? next_ : std::min(next_, network.next_arrival());
      network.now = std::min(end, std::max<Instant>(wake, network.now + std::chrono::microseconds(100)));
    }
  }
  /// The machine sleeps; what would have come in the meantime has gone.
  void suspend_for(Duration span) {
    network.dark_from = network.now;
    network.now += span;
    network.dark_to = network.now;
    network.suspended += span;
  }
  /// Told from outside: something happened to us lately.
  void own_fault(Duration ago) { engine_->on_own_fault(network.now - ago, network.now); }
  /// The process does not run.
  void stop_for(Duration span) { network.now += span; }
  /// Nothing of the machine runs.
  void stand_still(Duration span) { network.stand_still(span); }
  Duration elapsed() const { return network.now - start_; }
  Engine& engine() { return *engine_; }
  std::shared_ptr<Snapshot> snapshot() {
    return engine_->snapshot(
        network.now, WallTime{} + std::chrono::duration_cast<WallTime::duration>(network.now.time_since_epoch()));
  }
  NetworkSnapshot of(const std::string& name) {
    const std::shared_ptr<Snapshot> all = snapshot();
    for (const NetworkSnapshot& n : all->networks) {
      if (n.name == name) return n;
    }
    return {};
  }

  FakeNetwork network;

 private:
  std::unique_ptr<Engine> engine_;
  Instant start_{};
  Instant next_{};
};

inline std::uint64_t sum_of(const auto& array) {
  std::uint64_t total = 0;
  for (const auto n : array) total += n;
  return total;
}
inline bool identity_holds(const ProbeCounters& p) {
  return p.sent == p.replies + sum_of(p.failures) + sum_of(p.voids) + p.in_flight;
}

}  // namespace blipd::test

// Several engines on threads of their own, over probers that answer at once.
#include "daemon/service/probing_threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

/// Answers each probe one millisecond after it was sent. Shares nothing with others of its kind.
class EchoProber final : public Prober {
 public:
  explicit EchoProber(std::condition_variable& read) : read_(read) {}
  void send(const ModuleOptions&, std::span<const ProbeRequest> requests, std::span<SendResult> results) override {
    const Instant now = BootClock::now();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      results[i] = {now, 0};
      Answer answer;
      answer.kind = AnswerKind::reply;
      answer.number = requests[i].number;
      answer.slot = requests[i].slot;
      answer.from = answer.to = requests[i].to;
      answer.received = now + 1ms;
      waiting_.push_back(answer);
    }
  }
  bool receive(AnswerSink& sink) override {
    const Instant now = BootClock::now();
    const auto ready = std::stable_partition(waiting_.begin(), waiting_.end(),
                                             [&](const Answer& answer) { return answer.received <= now; });
    const std::vector<Answer> answers(waiting_.begin(), ready);
    waiting_.erase(waiting_.begin(), ready);
    if (!answers.empty()) sink.on_answers(answers);
    read_.notify_all();
    return false;
  }
  bool quotes(const Answer&, const ProbeRequest&) const override { return false; }
  std::vector<int> descriptors() const override { return {}; }
  ProberFaults faults() override { return {}; }

 private:
  std::condition_variable& read_;
  std::vector<Answer> waiting_;
};

class Daemon {
 public:
  Daemon(std::size_t count, ConfigBuilder config) : count_(count) {
    EnginePorts ports;
    ports.open = [this](const ProberType&, const ProbeEnvironment&) -> Result<std::unique_ptr<Prober>> {
      if (refuse_after-- <= 0) return Error{"no more sockets"};
      return std::unique_ptr<Prober>(new EchoProber(read_));
    };
    ports.is_local_fault = [](const Answer&) { return false; };
    auto opened = ProbingThreads::open(ports, 7, count);
    REQUIRE(opened.has_value());
    threads = std::move(opened.value());
    auto prepared = prepare(std::move(config));
    REQUIRE(prepared.has_value());
    threads->apply(std::move(prepared.value()), BootClock::now());
    threads->start();
  }
  ~Daemon() { threads->stop(); }

  Result<ProbingThreads::Prepared> prepare(ConfigBuilder config) {
    config.raw().engine_threads = static_cast<unsigned>(count_);
    return threads->prepare(config.build(), BootClock::now());
  }

  /// The snapshot that shows the effect.
  SnapshotPtr reload(ConfigBuilder config) {
    auto prepared = prepare(std::move(config));
    REQUIRE(prepared.has_value());
    std::promise<void> switched;
    threads->switch_to(std::move(prepared.value()), [&] { switched.set_value(); });
    REQUIRE(switched.get_future().wait_for(60s) == std::future_status::ready);
    return threads->snapshot();
  }
  SnapshotPtr wait(const std::function<bool(const Snapshot&)>& check) {
    const Instant late = BootClock::now() + 60s;
    std::unique_lock lock(mutex_);
    while (BootClock::now() < late) {
      if (const SnapshotPtr snapshot = threads->snapshot(); snapshot && check(*snapshot)) return snapshot;
      read_.wait_for(lock, 10ms);
    }
    FAIL("not within a minute");
    return nullptr;
  }
  std::optional<TargetList> targets(const std::string& network) {
    std::promise<std::optional<TargetList>> answer;
    threads->ask(network, [&](const Engine& engine) { answer.set_value(engine.target_list(network, {})); });
    auto future = answer.get_future();
    REQUIRE(future.wait_for(60s) == std::future_status::ready);
    return future.get();
  }

 private:
  const std::size_t count_;
  std::mutex mutex_;
  std::condition_variable read_;  ///< some thread has read answers

 public:
  std::atomic<int> refuse_after{1000};  ///< sockets that may still be opened
  std::unique_ptr<ProbingThreads> threads;
};

ConfigBuilder networks(unsigned count) {
  ConfigBuilder config;
  for (unsigned i = 1; i <= count; ++i) config.network("n" + std::to_string(i), i, 8);
  config.timing(100ms, 100ms);
  return config;
}

std::vector<std::string> names(const Snapshot& snapshot) {
  std::vector<std::string> found;
  for (const NetworkSnapshot& network : snapshot.networks) found.push_back(network.name);
  return found;
}

}  // namespace

TEST_CASE("one thread or several: every network is probed, and one snapshot shows all of them in their order") {
  const std::size_t count = GENERATE(1U, 3U, 8U);
  Daemon daemon(count, networks(5).references(3, 2));
  CHECK(daemon.threads->count() == count);
  const SnapshotPtr snapshot = daemon.wait([](const Snapshot& s) {
    return s.ready && std::all_of(s.networks.begin(), s.networks.end(), [](const NetworkSnapshot& n) {
             return n.modules[0].probes.replies >= 16 && n.state == State::up;
           });
  });
  CHECK(names(*snapshot) == std::vector<std::string>{"n1", "n2", "n3", "n4", "n5"});
  CHECK(snapshot->targets == 40);
  CHECK(snapshot->references.size() == 3);
  CHECK(snapshot->sending);
  for (const NetworkSnapshot& network : snapshot->networks) CHECK(identity_holds(network.modules[0].probes));
  for (const char* name : {"n1", "n3", "n5"}) {
    REQUIRE(daemon.targets(name));
    CHECK(daemon.targets(name)->total == 8);
  }
  CHECK_FALSE(daemon.targets("nobody"));
  const Heartbeat heartbeat = daemon.threads->heartbeat();
  CHECK(heartbeat.promised <= BootClock::now() + 60s);
}

TEST_CASE("a reload switches all threads, and what stays goes on") {
  const std::size_t count = GENERATE(1U, 3U);
  Daemon daemon(count, networks(5));
  const SnapshotPtr before = daemon.wait([](const Snapshot& s) {
    return std::all_of(s.networks.begin(), s.networks.end(),
                       [](const NetworkSnapshot& n) { return n.modules[0].probes.replies >= 16; });
  });
  ConfigBuilder changed = networks(5).network("new", 77, 8);
  std::rotate(changed.raw().networks.begin(), changed.raw().networks.end() - 1, changed.raw().networks.end());
  changed.raw().networks.erase(changed.raw().networks.begin() + 2);
  const SnapshotPtr after = daemon.reload(changed);
  REQUIRE(after);
  CHECK(names(*after) == std::vector<std::string>{"new", "n1", "n3", "n4", "n5"});
  for (const NetworkSnapshot& old : before->networks) {
    for (const NetworkSnapshot& now : after->networks) {
      if (now.name == old.name) CHECK(now.modules[0].probes.sent >= old.modules[0].probes.sent);
    }
  }
  for (int i = 0; i < 20; ++i) {
    CHECK(names(*daemon.reload(networks(3))).size() == 3);
    CHECK(names(*daemon.reload(changed)).size() == 5);
  }
}

TEST_CASE("a thread that cannot open its sockets prevents the reload of all") {
  Daemon daemon(3, networks(5));
  daemon.wait([](const Snapshot& s) { return s.sending; });
  ConfigBuilder changed = networks(6);
  changed.raw().vantage.interface = "other";  // new sockets for everybody
  daemon.refuse_after = 2;
  const auto prepared = daemon.prepare(changed);
  REQUIRE(prepared.has_error());
  CHECK(prepared.error().message.find("no more sockets") != std::string::npos);
  CHECK(names(*daemon.wait([](const Snapshot&) { return true; })).size() == 5);
  daemon.refuse_after = 1000;
  CHECK(names(*daemon.reload(changed)).size() == 6);
}

TEST_CASE("another number of threads needs a restart") {
  Daemon daemon(2, networks(2));
  ConfigBuilder changed = networks(3);
  changed.raw().engine_threads = 3;
  const auto prepared = daemon.threads->prepare(changed.build(), BootClock::now());
  REQUIRE(prepared.has_error());
  CHECK(prepared.error().message == "engine_threads: a change from 2 to 3 needs a restart");
}

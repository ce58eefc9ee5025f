#include "daemon/service/probing_thread.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "daemon/engine/engine_share.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0);
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  void write() const { REQUIRE(::write(in.get(), "x", 1) == 1); }
  Descriptor out;
  Descriptor in;
};

/// Reads its descriptors empty in each step and counts. What a test looks at is guarded by `mutex`.
class FakeEngine final : public Engine {
 public:
  Result<PreparedConfigPtr> prepare(std::shared_ptr<const Config>, Instant) override { return Error{"not here"}; }
  Result<PreparedConfigPtr> prepare_share(std::shared_ptr<const Config>, EngineShare, Instant) override {
    return Error{"not here"};
  }
  void apply(PreparedConfigPtr, Instant) override {}
  void on_own_fault(Instant, Instant) override {}
  Instant step(Instant now) override {
    const std::lock_guard lock(mutex);
    ++steps;
    if (hang) hang();
    std::array<char, 4096> bytes{};
    for (const int fd : watched) {
      for (ssize_t size = 1; (size = ::read(fd, bytes.data(), bytes.size())) > 0;) bytes_read += size;
    }
    changed.notify_all();
    return now + period;
  }
  std::shared_ptr<Snapshot> snapshot(Instant, WallTime) override {
    const std::lock_guard lock(mutex);
    auto made = std::make_shared<Snapshot>();
    ++snapshots;
    made->sending = true;
    made->targets = targets;
    return made;
  }
  std::optional<TargetList> target_list(std::string_view, const TargetRange&) const override { return std::nullopt; }
  WindowsPiece kept_windows(std::uint32_t, std::size_t) const override { return {}; }
  HostsPiece kept_hosts(std::string_view, const HostsPosition&, std::size_t) const override { return {}; }
  void restore(RestoredState, Instant) override {}
  std::vector<int> descriptors() const override {
    const std::lock_guard lock(mutex);
    return watched;
  }

  /// False if `condition` does not come true within ten seconds.
  bool wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, seconds(60), condition);
  }
  int count() {
    const std::lock_guard lock(mutex);
    return steps;
  }

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> watched;
  Duration period = hours(1);
  std::function<void()> hang;
  int steps = 0;
  int snapshots = 0;
  ssize_t bytes_read = 0;
  std::uint64_t targets = 0;
};

std::unique_ptr<ProbingThread> open(FakeEngine& engine) {
  auto opened = ProbingThread::open(engine);
  REQUIRE(opened.has_value());
  return std::move(opened.value());
}

/// Runs an empty task and returns when it is done, before the step that follows: whatever was posted before is done
/// too, and so are the steps between.
void round_trip(ProbingThread& thread) {
  std::promise<void> done;
  thread.post([](Engine&, Instant) {}, [&] { done.set_value(); });
  REQUIRE(done.get_future().wait_for(seconds(60)) == std::future_status::ready);
}

TEST_CASE("the engine is called at the times it asks for") {
  FakeEngine engine;
  engine.period = milliseconds(2);
  const auto thread = open(engine);
  thread->start();
  CHECK(engine.wait([&] { return engine.steps >= 20; }));
  thread->stop();
  const int steps = engine.count();
  CHECK(engine.count() == steps);
}

TEST_CASE("a question is asked on the probing thread, and no snapshot is made for it") {
  FakeEngine engine;
  const auto thread = open(engine);
  thread->start();
  constexpr int kQuestions = 100;
  for (int i = 0; i < kQuestions; ++i) {
    std::promise<std::thread::id> asked;
    thread->ask([&](Engine&, Instant) { asked.set_value(std::this_thread::get_id()); });
    auto answer = asked.get_future();
    REQUIRE(answer.wait_for(seconds(10)) == std::future_status::ready);
    CHECK(answer.get() != std::this_thread::get_id());
  }
  thread->stop();
  // One at the start, and one more for each second that this takes.
  CHECK(engine.snapshots < kQuestions);
}

TEST_CASE("an engine that always wants to be called gets a thousand steps a second and no more") {
  FakeEngine engine;
  engine.period = Duration::zero();
  const auto thread = open(engine);
  const Instant start = BootClock::now();
  thread->start();
  CHECK(engine.wait([&] { return engine.steps >= 20; }));
  thread->stop();
  const Duration took = BootClock::now() - start;
  CHECK(engine.count() <= took / ProbingThread::kRest + 2);
}

TEST_CASE("an idle engine costs one wake-up a snapshot") {
  FakeEngine engine;
  const auto thread = open(engine);
  const Instant start = BootClock::now();
  thread->start();
  CHECK(engine.wait([&] { return engine.steps >= 2; }));
  const Duration took = BootClock::now() - start;
  thread->stop();
  CHECK(took >= milliseconds(900));
}

TEST_CASE("a lone reply wakes an idle engine") {
  FakeEngine engine;
  const Pipe pipe;
  engine.watched = {pipe.out.get()};
  const auto thread = open(engine);
  thread->start();
  round_trip(*thread);
  for (int i = 1; i <= 5; ++i) {
    pipe.write();
    CHECK(engine.wait([&] { return engine.bytes_read >= i; }));
  }
  thread->stop();
}

TEST_CASE("a thousand replies within some milliseconds share few steps") {
  FakeEngine engine;
  const Pipe pipe;
  engine.watched = {pipe.out.get()};
  const auto thread = open(engine);
  thread->start();
  round_trip(*thread);
  const int before = engine.count();
  const Instant start = BootClock::now();
  for (int i = 0; i < 1000; ++i) {
    pipe.write();
    while (BootClock::now() < start + i * std::chrono::microseconds(20)) {
    }
  }
  CHECK(engine.wait([&] { return engine.bytes_read == 1000; }));
  const Duration took = BootClock::now() - start;
  thread->stop();
  const int steps = engine.count() - before;
  INFO("steps " << steps << " in " << to_seconds(took) << " s");
  CHECK(steps >= 1);
  CHECK(steps <= took / ProbingThread::kRest + 2);
}

TEST_CASE("a descriptor that stays in error does not spin the thread") {
  FakeEngine engine;
  Pipe pipe;
  engine.watched = {pipe.out.get()};
  pipe.write();
  pipe.in = Descriptor();  // no writer is left: POLLHUP stays
  const auto thread = open(engine);
  thread->start();
  round_trip(*thread);
  const int before = engine.count();
  const Instant start = BootClock::now();
  while (BootClock::now() < start + milliseconds(50)) {
  }
  thread->stop();
  // The first of them, one after 10, 20, 40 ... ms, and on a machine that stretches the wait those of each second.
  CHECK(engine.count() - before <= 8 + 3 * ((BootClock::now() - start) / ProbingThread::kSnapshotInterval));
}

TEST_CASE("tasks run in order, and are done when a snapshot shows them") {
  FakeEngine engine;
  const auto thread = open(engine);
  CHECK(thread->snapshot() == nullptr);
  std::vector<int> order;
  std::uint64_t shown = 0;
  std::promise<void> done;
  // Posted before the start: waits for it.
  thread->post([&](Engine&, Instant) { order.push_back(1); }, [&] { order.push_back(3); });
  thread->post(
      [&](Engine& given, Instant now) {
        CHECK(&given == &engine);
        CHECK(now <= BootClock::now());
        order.push_back(2);
        const std::lock_guard lock(engine.mutex);
        engine.targets = 7;
      },
      [&] {
        order.push_back(4);
        shown = thread->snapshot()->targets;
        done.set_value();
      });
  thread->start();
  REQUIRE(done.get_future().wait_for(seconds(60)) == std::future_status::ready);
  thread->stop();
  CHECK(order == std::vector<int>{1, 2, 3, 4});
  CHECK(shown == 7);
}

TEST_CASE("descriptors that a task brings are watched, and those it takes away are not") {
  FakeEngine engine;
  const Pipe first;
  const Pipe second;
  engine.watched = {first.out.get()};
  const auto thread = open(engine);
  thread->start();
  round_trip(*thread);
  thread->post([&](Engine&, Instant) {
    const std::lock_guard lock(engine.mutex);
    engine.watched = {second.out.get()};
  });
  round_trip(*thread);
  second.write();
  CHECK(engine.wait([&] { return engine.bytes_read == 1; }));
  round_trip(*thread);
  const int before = engine.count();
  first.write();
  const Instant start = BootClock::now();
  while (BootClock::now() < start + milliseconds(20)) {
  }
  const int steps = engine.count() - before;
  CHECK(steps <= 2 + (BootClock::now() - start) / ProbingThread::kSnapshotInterval);
  thread->stop();
}

TEST_CASE("tasks that were not begun are dropped at the stop") {
  FakeEngine engine;
  const auto held = std::make_shared<int>(1);
  {
    const auto thread = open(engine);
    thread->post([held](Engine&, Instant) {});
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK(engine.count() == 0);
}

TEST_CASE("the heartbeat tells a thread that hangs from one that is idle") {
  FakeEngine engine;
  const auto thread = open(engine);
  thread->start();
  round_trip(*thread);
  round_trip(*thread);  // the step after the first is over
  const Heartbeat idle = thread->heartbeat();
  CHECK(idle.promised > idle.stepped);
  CHECK(idle.promised <= BootClock::now() + ProbingThread::kSnapshotInterval);

  std::promise<void> inside;
  std::promise<void> let_go;
  thread->post([&](Engine&, Instant) {
    inside.set_value();
    let_go.get_future().wait();
  });
  inside.get_future().wait();
  const Heartbeat before = thread->heartbeat();
  const Heartbeat hanging = thread->heartbeat();
  CHECK(hanging.stepped == before.stepped);
  CHECK(Watchdog(seconds(3)).is_stalled(hanging, hanging.promised + seconds(2)));
  let_go.set_value();
  round_trip(*thread);
  thread->stop();
  CHECK(thread->heartbeat().stepped > hanging.stepped);
}

}  // namespace
}  // namespace blipd

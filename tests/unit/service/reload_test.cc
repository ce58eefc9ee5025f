#include "daemon/service/reload.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A configuration file whose content is a number, the daemon that runs it, and a gate that can hold up builds.
class World {
 public:
  Reloader::Steps steps() {
    return {[this] { return build(); },
            [this] { return refresh(); },
            [this](const std::string& error) { note("not refreshed: " + error); },
            [this] { note("began"); },
            [this](const ReloadStatus& status) { note(status.successful ? "good" : "bad"); },
            [this] {
              const std::lock_guard lock(mutex);
              return wall;
            }};
  }

  Result<Reloader::Switch> build() {
    std::unique_lock lock(mutex);
    const int read = file;
    ++builds;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    if (read < 0) return Error{"blipd.yaml:3:5: unknown key"};
    return Reloader::Switch([this, read](const std::function<void()>& switched) {
      {
        const std::lock_guard inner(mutex);
        running = read;
      }
      if (switches) switched();
    });
  }
  Result<Reloader::Switch> refresh() {
    std::unique_lock lock(mutex);
    ++refreshes;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
    if (names_broken) return Error{"no socket"};
    return Reloader::Switch([this](const std::function<void()>& switched) {
      note("refreshed");
      switched();
    });
  }
  void note(const std::string& what) {
    const std::lock_guard lock(mutex);
    notes.push_back(what);
    changed.notify_all();
  }
  void wait_for_builds(int count) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, seconds(60), [&] { return builds >= count; }));
  }
  void wait_for_refreshes(int count) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, seconds(60), [&] { return refreshes >= count; }));
  }
  void wait_for_notes(std::size_t count) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, seconds(60), [&] { return notes.size() >= count; }));
  }
  void set(const std::function<void()>& change) {
    const std::lock_guard lock(mutex);
    change();
    changed.notify_all();
  }
  template <class T>
  T get(const T& member) {
    const std::lock_guard lock(mutex);
    return member;
  }

  std::mutex mutex;
  std::condition_variable changed;
  int file = 1;
  int running = 1;
  int builds = 0;
  int refreshes = 0;
  bool names_broken = false;
  bool open = true;
  bool switches = true;
  WallTime wall{seconds(100)};
  std::vector<std::string> notes;
};

/// One request and its answer.
class Request {
 public:
  explicit Request(Reloader& reloader) {
    reloader.request([this](const std::string& error) { promise_.set_value(error); });
  }
  std::string answer() {
    REQUIRE(future_.wait_for(seconds(60)) == std::future_status::ready);
    return future_.get();
  }
  bool is_answered() { return future_.wait_for(seconds(0)) == std::future_status::ready; }

 private:
  std::promise<std::string> promise_;
  std::future<std::string> future_ = promise_.get_future();
};

TEST_CASE("a good reload switches and is told before it is answered") {
  World world;
  Reloader reloader(world.steps());
  CHECK(reloader.status().successful);
  CHECK(reloader.status().success_time == WallTime(seconds(100)));
  world.set([&] {
    world.file = 2;
    world.wall = WallTime(seconds(200));
  });
  CHECK(Request(reloader).answer().empty());
  CHECK(world.get(world.running) == 2);
  CHECK(world.get(world.notes) == std::vector<std::string>{"began", "good"});
  CHECK(reloader.status().successful);
  CHECK(reloader.status().success_time == WallTime(seconds(200)));
}

TEST_CASE("a bad reload keeps what runs, and the next good one clears it") {
  World world;
  Reloader reloader(world.steps());
  world.set([&] {
    world.file = -1;
    world.wall = WallTime(seconds(200));
  });
  CHECK(Request(reloader).answer() == "blipd.yaml:3:5: unknown key");
  CHECK(world.get(world.running) == 1);
  CHECK_FALSE(reloader.status().successful);
  CHECK(reloader.status().message == "blipd.yaml:3:5: unknown key");
  CHECK(reloader.status().success_time == WallTime(seconds(100)));
  world.set([&] { world.file = 3; });
  CHECK(Request(reloader).answer().empty());
  CHECK(world.get(world.running) == 3);
  CHECK(reloader.status().successful);
  CHECK(reloader.status().message.empty());
  CHECK(world.get(world.notes) == std::vector<std::string>{"began", "bad", "began", "good"});
}

TEST_CASE("requests during a reload share one more, which reads the file anew") {
  World world;
  Reloader reloader(world.steps());
  world.set([&] {
    world.open = false;
    world.file = 2;
  });
  Request first(reloader);
  world.wait_for_builds(1);
  world.set([&] { world.file = 3; });
  Request second(reloader);
  Request third(reloader);
  reloader.request({});
  CHECK_FALSE(first.is_answered());
  world.set([&] { world.open = true; });
  CHECK(first.answer().empty());
  CHECK(second.answer().empty());
  CHECK(third.answer().empty());
  CHECK(world.get(world.running) == 3);
  CHECK(world.get(world.builds) == 2);
}

TEST_CASE("a refresh switches without reading the file and without touching the status") {
  World world;
  Reloader reloader(world.steps());
  world.set([&] { world.wall = WallTime(seconds(200)); });
  reloader.refresh();
  world.wait_for_notes(1);
  world.set([&] { world.names_broken = true; });
  reloader.refresh();
  world.wait_for_notes(2);
  CHECK(world.get(world.notes) == std::vector<std::string>{"refreshed", "not refreshed: no socket"});
  CHECK(world.get(world.builds) == 0);
  CHECK(reloader.status().successful);
  CHECK(reloader.status().success_time == WallTime(seconds(100)));
}

TEST_CASE("refreshes during a reload are one, and a reload asked for meanwhile takes their place") {
  World world;
  world.set([&] { world.open = false; });
  Reloader reloader(world.steps());
  Request first(reloader);
  world.wait_for_builds(1);
  for (int i = 0; i < 5; ++i) reloader.refresh();
  world.set([&] { world.open = true; });
  CHECK(first.answer().empty());
  world.wait_for_notes(3);
  CHECK(world.get(world.refreshes) == 1);

  world.set([&] { world.open = false; });
  Request second(reloader);
  world.wait_for_builds(2);
  reloader.refresh();
  Request third(reloader);
  world.set([&] { world.open = true; });
  CHECK(second.answer().empty());
  CHECK(third.answer().empty());
  CHECK(reloader.stop(seconds(10)));
  CHECK(world.get(world.refreshes) == 1);
}

TEST_CASE("a reload is not answered before the switch has happened") {
  World world;
  world.switches = false;
  Reloader reloader(world.steps());
  Request request(reloader);
  world.wait_for_builds(1);
  CHECK_FALSE(request.is_answered());
  CHECK(reloader.stop(seconds(10)));
  CHECK(request.answer() == "blipd is stopping");
}

TEST_CASE("names that change while a reload is under way are not forgotten when the next reload fails") {
  World world;
  world.open = false;
  Reloader reloader(world.steps());
  Request good(reloader);
  world.wait_for_builds(1);
  world.set([&] { world.file = -1; });
  Request bad(reloader);
  reloader.refresh();
  world.set([&] { world.open = true; });
  CHECK(good.answer().empty());
  CHECK(bad.answer() == "blipd.yaml:3:5: unknown key");
  world.wait_for_notes(5);
  CHECK(world.get(world.notes) == std::vector<std::string>{"began", "good", "began", "bad", "refreshed"});
}

TEST_CASE("a stop answers everybody and does not wait for a long build") {
  World world;
  world.open = false;
  Reloader reloader(world.steps());
  Request under_way(reloader);
  world.wait_for_builds(1);
  Request waiting(reloader);
  CHECK_FALSE(reloader.stop(milliseconds(1)));
  CHECK(under_way.answer() == "blipd is stopping");
  CHECK(waiting.answer() == "blipd is stopping");
  CHECK(Request(reloader).answer() == "blipd is stopping");
  world.set([&] { world.open = true; });
  CHECK(reloader.stop(seconds(10)));
  CHECK(world.get(world.running) == 1);
}

TEST_CASE("a stop while new addresses are prepared is no fault that is told") {
  World world;
  world.open = false;
  Reloader reloader(world.steps());
  reloader.refresh();
  world.wait_for_refreshes(1);
  CHECK_FALSE(reloader.stop(milliseconds(1)));
  world.set([&] { world.open = true; });
  CHECK(reloader.stop(seconds(10)));
  CHECK(world.get(world.notes).empty());
}

}  // namespace
}  // namespace blipd

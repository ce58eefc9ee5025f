#include "daemon/service/snapshot_merge.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<Snapshot> part(const std::vector<std::string>& networks, std::uint64_t count) {
  auto made = std::make_shared<Snapshot>();
  for (const std::string& name : networks) {
    made->networks.emplace_back();
    made->networks.back().name = name;
    for (const char* module : {"ping", "syn"}) made->extra.push_back({name, module, Purpose::adaptive, count, 0, 0});
  }
  made->targets = made->stray = made->forged = made->receive_drops = count;
  made->clock_steps = made->unstamped = made->rtt_below_zero = count;
  made->refused = {count, static_cast<int>(count)};
  made->unroutable = {count, 0};
  made->suspended = count * 1s;
  made->lag.buckets[2] = made->lag.count = count;
  made->lag.sum = count * 1ms;
  made->taken = WallTime(std::chrono::seconds(count));
  made->ready = true;
  return made;
}

std::vector<std::string> names(const SnapshotPtr& snapshot) {
  std::vector<std::string> found;
  for (const NetworkSnapshot& network : snapshot->networks) found.push_back(network.name);
  return found;
}

}  // namespace

TEST_CASE(
    "parts make a whole: networks in the order of the configuration, counters summed, the vantage's from the first") {
  std::vector<std::shared_ptr<Snapshot>> parts{part({"a", "d"}, 5), part({}, 7), part({"b", "c"}, 3)};
  parts[0]->vantage_ok = false;
  parts[0]->references = {{"192.0.2.1", true}};
  parts[0]->extra.insert(parts[0]->extra.begin(), {"", "", Purpose::reference, 9, 0, 0});
  parts[0]->vantage_events = 4;
  parts[2]->sending = true;
  parts[1]->ready = false;
  const SnapshotPtr whole = merge_snapshots(std::move(parts), {0, 2, 2, 0});
  CHECK(names(whole) == std::vector<std::string>{"a", "b", "c", "d"});
  std::vector<std::string> extra;
  for (const ExtraProbes& e : whole->extra) extra.push_back(e.network + "/" + e.module);
  CHECK(extra ==
        std::vector<std::string>{"/", "a/ping", "a/syn", "b/ping", "b/syn", "c/ping", "c/syn", "d/ping", "d/syn"});
  for (const std::uint64_t sum : {whole->targets, whole->stray, whole->forged, whole->receive_drops, whole->clock_steps,
                                  whole->unstamped, whole->rtt_below_zero, whole->lag.count, whole->lag.buckets[2]}) {
    CHECK(sum == 15);
  }
  CHECK(whole->lag.sum == 15ms);
  CHECK(whole->refused.packets == 15);
  CHECK(whole->refused.error == 3);
  CHECK(whole->unroutable.packets == 15);
  CHECK(whole->unroutable.error == 0);
  CHECK(whole->suspended == 7s);
  CHECK(whole->taken == WallTime(3s));
  CHECK_FALSE(whole->vantage_ok);
  CHECK(whole->references.size() == 1);
  CHECK(whole->vantage_events == 4);
  CHECK(whole->sending);
  CHECK_FALSE(whole->ready);
}

TEST_CASE("there is a snapshot once each thread has given one, and a new one once each has given another") {
  SnapshotMerge merge(2);
  merge.expect(1, {0, 1});
  CHECK(merge.latest() == nullptr);
  merge.put(0, 1, part({"a"}, 1));
  CHECK(merge.latest() == nullptr);
  merge.put(1, 1, part({"b"}, 1));
  const SnapshotPtr first = merge.latest();
  REQUIRE(first != nullptr);
  CHECK(first->targets == 2);
  CHECK(merge.latest() == first);
  // The slower one's is waited for, and the faster one's newest is taken.
  merge.put(0, 1, part({"a"}, 10));
  merge.put(0, 1, part({"a"}, 20));
  CHECK(merge.latest() == first);
  merge.put(1, 1, part({"b"}, 5));
  CHECK(merge.latest()->targets == 25);
  CHECK(first->targets == 2);
}

TEST_CASE("parts of two configurations are never merged") {
  SnapshotMerge merge(2);
  merge.expect(1, {0, 1});
  merge.put(0, 1, part({"a"}, 1));
  merge.put(1, 1, part({"b"}, 1));
  const SnapshotPtr before = merge.latest();
  merge.put(0, 1, part({"a"}, 2));
  merge.expect(2, {1, 0, 1});
  merge.put(1, 2, part({"new", "b"}, 3));
  merge.put(0, 1, part({"a"}, 3));  // it has not switched yet
  CHECK(merge.latest() == before);
  merge.put(0, 2, part({"a"}, 4));
  CHECK(names(merge.latest()) == std::vector<std::string>{"new", "a", "b"});
  CHECK(merge.latest()->targets == 7);
}

TEST_CASE("parts come from their threads while another configuration is expected and somebody asks") {
  constexpr std::size_t kThreads = 2;
  constexpr std::uint64_t kGenerations = 300;
  SnapshotMerge merge(kThreads);
  std::atomic<std::uint64_t> generation{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      while (generation < kGenerations) merge.put(i, generation, part({i == 0 ? "a" : "b"}, 1));
    });
  }
  for (std::uint64_t next = 1; next <= kGenerations; ++next) {
    merge.expect(next, {0, 1});
    generation = next;
    const SnapshotPtr whole = merge.latest();
    if (whole) CHECK(names(whole) == std::vector<std::string>{"a", "b"});
  }
  for (std::thread& thread : threads) thread.join();
}

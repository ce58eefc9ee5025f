#include "daemon/events/event_inbox.h"

#include <thread>

#include "tests/support/catch.h"

namespace blipd {
namespace {

Event event(std::uint64_t id, std::uint64_t failures = 0) {
  Event made;
  made.id = id;
  made.failures = failures;
  return made;
}

TEST_CASE("what is put is taken once, in order, and the reader is woken once") {
  int woken = 0;
  EventInbox inbox([&] { ++woken; });
  inbox.put(event(3));
  inbox.put(event(1));
  CHECK(woken == 1);
  const std::vector<Event> taken = inbox.take();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].id == 3);
  CHECK(taken[1].id == 1);
  CHECK(inbox.take().empty());
  inbox.put(event(3));
  CHECK(woken == 2);
  CHECK(inbox.take().size() == 1);
}

TEST_CASE("of an event that changed while nobody looked the newest is kept") {
  EventInbox inbox([] {});
  inbox.put(event(1, 10));
  inbox.put(event(2, 20));
  Event ended = event(1, 11);
  ended.end = Instant(std::chrono::seconds(5));
  inbox.put(ended);
  const std::vector<Event> taken = inbox.take();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].failures == 11);
  CHECK(taken[0].end == ended.end);
  CHECK(taken[1].failures == 20);
}

TEST_CASE("nothing is lost between two threads") {
  EventInbox inbox([] {});
  constexpr std::uint64_t kEvents = 2000;
  std::thread writer([&] {
    for (std::uint64_t id = 1; id <= kEvents; ++id) inbox.put(event(id));
  });
  std::uint64_t next = 1;
  while (next <= kEvents) {
    for (const Event& taken : inbox.take()) {
      REQUIRE(taken.id == next);
      ++next;
    }
    std::this_thread::yield();
  }
  writer.join();
}

}  // namespace
}  // namespace blipd

#include "daemon/storage/retention.h"

#include "daemon/storage/event_table.h"
#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

std::vector<std::uint64_t> ids(Database& database) {
  EventQuery query;
  query.limit = 1'000'000;
  const auto events = read_events(database, query);
  REQUIRE(events.has_value());
  std::vector<std::uint64_t> ids;
  for (const LoggedEventPtr& event : *events) ids.push_back(event->id);
  return ids;
}

void tidy_all(Database& database, const StorageLimits& limits, WallTime now) {
  for (int i = 0; i < 1000; ++i) {
    const StorageResult<bool> more = tidy(database, limits, now);
    REQUIRE(more.has_value());
    if (!*more) return;
  }
  FAIL("tidying does not end");
}

}  // namespace

TEST_CASE("what is older than the retention goes, and open events stay") {
  const Directory directory;
  StorageResult<OpenedStateFile> file = open_state_file(directory.path(), kNow);
  REQUIRE(file.has_value());
  Database& database = file->database;
  REQUIRE(write_events(database, {shared(event(1, "a", kNow - 72h, kNow - 48h - 1s)),
                                  shared(event(2, "a", kNow - 72h, kNow - 47h)), shared(event(3, "b", kNow - 72h))})
              .has_value());
  REQUIRE(write_hosts(database, {1, kNow - 49h, {1}}).has_value());
  REQUIRE(write_hosts(database, {2, kNow - 47h, {1}}).has_value());
  REQUIRE(write_windows(database, {kNow, {{1, kNow - 25h, {1}}, {2, kNow - 23h, {1}}}}).has_value());
  StorageLimits limits;
  limits.retention = 48h;
  tidy_all(database, limits, kNow);
  CHECK(ids(database) == std::vector<std::uint64_t>{2, 3});
  CHECK_FALSE(*read_hosts(database, 1));
  CHECK(*read_hosts(database, 2));
  REQUIRE(read_windows(database)->size() == 1);
  CHECK(read_windows(database)->at(0).key == 2);
}

TEST_CASE("above the size the events that ended first go, and the file becomes smaller") {
  const Directory directory;
  StorageResult<OpenedStateFile> file = open_state_file(directory.path(), kNow);
  REQUIRE(file.has_value());
  Database& database = file->database;
  std::vector<LoggedEventPtr> events{shared(event(1, "open", kNow - 10h))};
  for (std::uint64_t id = 2; id <= 10'000; ++id) {
    const WallTime start = kNow - 10h + std::chrono::seconds(id);
    events.push_back(shared(event(id, "a", start, start + 1s)));
  }
  REQUIRE(write_events(database, events).has_value());
  StorageLimits limits;
  limits.max_size = 2'000'000;
  REQUIRE(*file_size(database) > limits.max_size);
  tidy_all(database, limits, kNow);
  CHECK(*file_size(database) <= limits.max_size);
  const std::vector<std::uint64_t> left = ids(database);
  REQUIRE(left.size() > 1000);
  CHECK(left.front() == 1);
  CHECK(left[1] > 2);
  CHECK(left.back() == 10'000);
  CHECK(left.size() == 10'000 - left[1] + 2);
}

TEST_CASE("a size that even the state alone exceeds ends tidying") {
  const Directory directory;
  StorageResult<OpenedStateFile> file = open_state_file(directory.path(), kNow);
  REQUIRE(file.has_value());
  REQUIRE(write_hosts(file->database, {1, kNow, std::vector<std::uint8_t>(100'000)}).has_value());
  std::vector<LoggedEventPtr> events;
  for (std::uint64_t id = 1; id <= 2500; ++id) {
    const WallTime start = kNow - 10h + std::chrono::seconds(id);
    events.push_back(shared(event(id, "a", start, start + 1s)));
  }
  REQUIRE(write_events(file->database, events).has_value());
  StorageLimits limits;
  limits.max_size = 1;
  tidy_all(file->database, limits, kNow);
  CHECK(*read_hosts(file->database, 1));
  // The newest events stay all the same.
  const std::vector<std::uint64_t> left = ids(file->database);
  REQUIRE(left.size() == 1000);
  CHECK(left.front() == 1501);
}

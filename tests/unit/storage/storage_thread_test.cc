#include "daemon/storage/storage_thread.h"

#include <condition_variable>
#include <mutex>

#include "daemon/storage/event_reader.h"
#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

std::size_t count_events(const Directory& directory) {
  EventReader reader(directory.path(), EventReader::WithoutFile::no_events);
  const Result<std::vector<LoggedEventPtr>> events = reader.find({});
  REQUIRE(events.has_value());
  return events->size();
}

}  // namespace

TEST_CASE("a stop writes what waits and closes the file") {
  const Directory directory;
  Storage storage({directory.path(), {}, {}});
  StorageThread thread(storage);
  thread.start();
  // Of today: the thread tidies by the clock.
  const WallTime now = std::chrono::system_clock::now();
  for (std::uint64_t id = 1; id <= 500; ++id) thread.record(shared(event(id, "a", now, now + 1s)));
  thread.put(WindowsBatch{kNow, {}});
  thread.put(StateRow{1, kNow, {1, 2, 3}});
  CHECK(thread.stop(60s));
  CHECK(storage.status().queue_length == 0);
  CHECK(count_events(directory) == 500);
  CHECK(directory.names("blipd.db-wal").empty());
  CHECK(thread.stop(1s));
}

TEST_CASE("what is put is written without a stop, and a disk that comes late is found") {
  const Directory directory;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<StorageNotice> notices;
  Storage storage({directory.path() + "/later", {}, [&](const StorageNotice& notice) {
                     const std::lock_guard lock(mutex);
                     notices.push_back(notice);
                     changed.notify_all();
                   }});
  StorageThread thread(storage);
  thread.start();
  thread.record(shared(event(1, "a", kNow)));
  std::unique_lock lock(mutex);
  REQUIRE(changed.wait_for(lock, 60s, [&] { return notices.size() == 1; }));
  CHECK(notices[0].reason == "missing");
  std::filesystem::create_directory(directory.path() + "/later");
  REQUIRE(changed.wait_for(lock, 60s, [&] { return notices.size() == 2; }));
  CHECK(notices[1].good);
  lock.unlock();
  CHECK(storage.status().queue_length == 0);
}

// Whatever is wrong with the disk or the file: nothing is thrown or waited for, it is counted and told once, and what
// waited is written when it can be.
#include <sys/resource.h>

#include <csignal>

#include "daemon/storage/event_reader.h"
#include "daemon/storage/event_table.h"
#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

constexpr std::size_t kPage = 4096;

std::size_t count_events(const Directory& directory) {
  EventReader reader(directory.path(), EventReader::WithoutFile::error);
  const Result<std::vector<LoggedEventPtr>> events = reader.find({});
  return events.has_error() ? 0 : events->size();
}

/// A closed file of some 20 pages.
void fill(const Directory& directory) {
  Kept kept(directory.path());
  for (std::uint64_t id = 1; id <= 100; ++id) {
    kept.storage.record(shared(event(id, "network-" + std::to_string(id % 7), kNow, kNow + 10s)));
  }
  kept.storage.put(WindowsBatch{kNow, {{1, kNow, std::vector<std::uint8_t>(6000, 7)}}});
  kept.storage.put(StateRow{2, kNow, std::vector<std::uint8_t>(20000, 9)});
  REQUIRE(kept.work());
  kept.storage.close();
}

/// Files grow to that size at most, until the end of the scope.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

/// Whatever the bytes are: the storage opens, takes an event and has it in the file afterwards.
void survive(const Directory& directory, const std::string& bytes) {
  directory.set_bytes(bytes);
  Kept kept(directory.path());
  kept.storage.record(shared(event(500, "fresh", kNow, kNow + 1s)));
  // A page may turn out bad only while it is written; then the next work has the event.
  for (int i = 0; i < 3 && !kept.work(kNow + i * 1s); ++i) continue;
  CHECK(kept.storage.status().queue_length == 0);
  EventReader reader(directory.path(), EventReader::WithoutFile::error);
  EventQuery query;
  query.network = "fresh";
  const Result<std::vector<LoggedEventPtr>> events = reader.find(query);
  REQUIRE(events.has_value());
  CHECK(events->size() == 1);
  CHECK(kept.errors(StorageFault::corrupt) == directory.names("blipd.db.corrupt-").size());
  kept.storage.close();
  for (const std::string& name : directory.names("blipd.db")) {
    std::filesystem::remove(directory.path() + "/" + name);
  }
}

}  // namespace

TEST_CASE("a file with any page destroyed is moved aside or still sound, and work goes on") {
  const Directory directory;
  fill(directory);
  const std::string good = directory.bytes();
  REQUIRE(good.size() >= 15 * kPage);
  for (std::size_t page = 0; page < good.size() / kPage; ++page) {
    INFO("page " << page + 1);
    for (const char filling : {'\0', '\xff', '\x5a'}) {
      std::string bad = good;
      bad.replace(page * kPage, kPage, kPage, filling);
      survive(directory, bad);
    }
  }
}

TEST_CASE("a file cut off anywhere is moved aside or still sound, and work goes on") {
  const Directory directory;
  fill(directory);
  const std::string good = directory.bytes();
  for (std::size_t size = 0; size < good.size(); size += kPage / 2) {
    INFO("bytes " << size);
    survive(directory, good.substr(0, size));
  }
}

TEST_CASE("a file of anything else is moved aside whole, once, and told") {
  const Directory directory;
  directory.set_bytes(
      "this is no database, and it is longer than the header of one is, which has 100 bytes: "
      "........................................");
  Kept kept(directory.path());
  CHECK(kept.work());
  CHECK(kept.work());
  REQUIRE(kept.notices.size() == 1);
  CHECK(kept.notices[0].reason == "corrupt");
  CHECK(kept.errors(StorageFault::corrupt) == 1);
  CHECK(directory.names("blipd.db.") == std::vector<std::string>{"blipd.db.corrupt-20251124T160000Z"});
}

TEST_CASE("of files moved aside the newest three are kept") {
  const Directory directory;
  for (int i = 0; i < 5; ++i) {
    directory.set_bytes(std::string(5000, 'x'));
    Kept kept(directory.path());
    CHECK(kept.work(kNow + i * 1s));
    kept.storage.close();
  }
  CHECK(directory.names("blipd.db.corrupt-") == std::vector<std::string>{"blipd.db.corrupt-20251124T160002Z",
                                                                         "blipd.db.corrupt-20251124T160003Z",
                                                                         "blipd.db.corrupt-20251124T160004Z"});
}

TEST_CASE("a file of a newer blipd, and one of another program, make room and stay as they are") {
  const Directory directory;
  const bool newer = GENERATE(true, false);
  {
    StorageResult<Database> database = Database::open(directory.file(), Database::Mode::write);
    REQUIRE(database.has_value());
    const std::string ours = newer ? "PRAGMA application_id=1651272048;PRAGMA user_version=99;" : "";
    REQUIRE(database->run(ours + "CREATE TABLE t(a);INSERT INTO t VALUES(42)").has_value());
  }
  const std::string before = directory.bytes();
  Kept kept(directory.path());
  kept.storage.record(shared(event(1, "a", kNow)));
  CHECK(kept.work());
  CHECK(count_events(directory) == 1);
  REQUIRE(kept.notices.size() == 1);
  CHECK(kept.notices[0].reason == (newer ? "newer" : "corrupt"));
  const std::vector<std::string> aside = directory.names(newer ? "blipd.db.newer-" : "blipd.db.corrupt-");
  REQUIRE(aside.size() == 1);
  std::filesystem::rename(directory.path() + "/" + aside[0], directory.file());
  CHECK(directory.bytes() == before);
}

TEST_CASE("a file that turns bad while it is open is replaced, and open events are in the new one") {
  const Directory directory;
  Kept kept(directory.path());
  for (std::uint64_t id = 1; id <= 200; ++id) kept.storage.record(shared(event(id, "a", kNow, kNow + 10s)));
  kept.storage.record(shared(event(1000, "open", kNow)));
  CHECK(kept.work());
  {
    // Writes the log back into the file, so that what is read next comes from there.
    StorageResult<Database> other = Database::open(directory.file(), Database::Mode::write);
    REQUIRE(other.has_value());
    REQUIRE(other->run("PRAGMA wal_checkpoint(TRUNCATE)").has_value());
  }
  const std::size_t size = directory.bytes().size();
  {
    std::fstream file(directory.file(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(kPage);
    file << std::string(size - kPage, '\x5a');
  }
  // Tables that are not in the cache have to be read.
  kept.storage.put(StateRow{5, kNow, {1}});
  kept.storage.put(WindowsBatch{kNow, {{6, kNow, {1}}}});
  for (std::uint64_t id = 2000; id <= 2100; ++id) kept.storage.record(shared(event(id, "a", kNow, kNow + 10s)));
  for (int i = 0; i < 3 && !kept.work(kNow + 5s); ++i) continue;
  CHECK(kept.storage.status().queue_length == 0);
  CHECK(kept.errors(StorageFault::corrupt) == 1);
  EventReader reader(directory.path(), EventReader::WithoutFile::error);
  EventQuery query;
  query.network = "open";
  REQUIRE(reader.find(query).has_value());
  CHECK(reader.find(query)->size() == 1);
  CHECK(kept.storage.hosts(5).has_value() == false);
  CHECK(kept.storage.windows().size() == 1);
}

TEST_CASE("a file deleted under a running storage is made again") {
  const Directory directory;
  Kept kept(directory.path());
  kept.storage.record(shared(event(1, "a", kNow)));
  CHECK(kept.work());
  std::filesystem::remove(directory.file());
  kept.storage.record(shared(event(2, "b", kNow, kNow + 1s)));
  CHECK(kept.work());
  CHECK(count_events(directory) == 2);
}

TEST_CASE("a directory that was made anew, and one whose lock was removed, are locked again") {
  const Directory directory;
  Kept kept(directory.path());
  CHECK(kept.work());
  std::filesystem::remove_all(directory.path());
  CHECK_FALSE(kept.work());
  std::filesystem::create_directory(directory.path());
  kept.storage.record(shared(event(1, "a", kNow)));
  CHECK(kept.work());
  CHECK(StateLock::take(directory.path()).has_error());
  std::filesystem::remove(directory.path() + "/blipd.lock");
  CHECK(kept.work());
  CHECK(StateLock::take(directory.path()).has_error());
  // Somebody was faster: the file is theirs, and what waits goes on waiting.
  std::filesystem::remove(directory.path() + "/blipd.lock");
  const StorageResult<StateLock> other = StateLock::take(directory.path());
  REQUIRE(other.has_value());
  kept.storage.record(shared(event(2, "b", kNow)));
  CHECK_FALSE(kept.work());
  CHECK(kept.errors(StorageFault::in_use) == 1);
  CHECK(count_events(directory) == 1);
}

TEST_CASE("tidying that is refused is a fault as a write is: told once, and not tried again at once") {
  const Directory directory;
  Kept kept(directory.path());
  CHECK(kept.work());
  StorageResult<Database> other = Database::open(directory.file(), Database::Mode::write);
  REQUIRE(other.has_value());
  REQUIRE(other->run("BEGIN IMMEDIATE").has_value());
  CHECK_FALSE(kept.work(kNow + 11min));
  CHECK(kept.errors(StorageFault::busy) == 1);
  CHECK(kept.storage.status().fault == StorageFault::busy);
  CHECK_FALSE(kept.work(kNow + 12min));
  CHECK(kept.notices.size() == 1);
  REQUIRE(other->run("ROLLBACK").has_value());
  CHECK(kept.work(kNow + 13min));
  CHECK_FALSE(kept.storage.status().fault);
  REQUIRE(kept.notices.size() == 2);
  CHECK(kept.notices[1].good);
}

TEST_CASE("a file that somebody holds is busy, and what waited is written afterwards") {
  const Directory directory;
  Kept kept(directory.path());
  CHECK(kept.work());
  StorageResult<Database> other = Database::open(directory.file(), Database::Mode::write);
  REQUIRE(other.has_value());
  REQUIRE(other->run("BEGIN IMMEDIATE").has_value());
  kept.storage.record(shared(event(1, "a", kNow)));
  CHECK_FALSE(kept.work());
  kept.storage.record(shared(event(1, "a", kNow, kNow + 9s)));
  CHECK_FALSE(kept.work());
  CHECK(kept.errors(StorageFault::busy) == 2);
  CHECK(kept.storage.status().queue_length == 1);
  CHECK(kept.notices.size() == 1);
  REQUIRE(other->run("ROLLBACK").has_value());
  CHECK(kept.work());
  CHECK(kept.notices.size() == 2);
  CHECK(count_events(directory) == 1);
}

TEST_CASE("a reader with a long transaction, as a backup is, holds nothing up") {
  const Directory directory;
  Kept kept(directory.path());
  kept.storage.record(shared(event(1, "a", kNow)));
  CHECK(kept.work());
  StorageResult<Database> backup = Database::open(directory.file(), Database::Mode::read);
  REQUIRE(backup.has_value());
  REQUIRE(backup->run("BEGIN").has_value());
  CHECK(*backup->number("SELECT count(*) FROM events") == 1);
  kept.storage.record(shared(event(2, "a", kNow)));
  CHECK(kept.work());
  CHECK(*backup->number("SELECT count(*) FROM events") == 1);
}

TEST_CASE("a full disk keeps what is written and catches up when there is room") {
  const Directory directory;
  Kept kept(directory.path());
  kept.storage.record(shared(event(1, "a", kNow, kNow + 1s)));
  CHECK(kept.work());
  {
    const FileSizeLimit limit(64 * 1024);
    kept.storage.put(StateRow{1, kNow, std::vector<std::uint8_t>(200'000, 1)});
    CHECK_FALSE(kept.work());
    kept.storage.record(shared(event(2, "b", kNow, kNow + 1s)));
    kept.work();
    CHECK(kept.errors(StorageFault::full) >= 1);
    CHECK(kept.errors(StorageFault::corrupt) == 0);
    REQUIRE(kept.notices.size() == 1);
    CHECK(kept.notices[0].reason == "full");
    CHECK(count_events(directory) >= 1);
  }
  CHECK(kept.work());
  CHECK(kept.storage.status().queue_length == 0);
  CHECK(count_events(directory) == 2);
  CHECK(kept.notices.back().good);
}

TEST_CASE("a directory that is missing or may not be written is told as that") {
  const Directory directory;
  const std::string missing = directory.path() + "/state";
  Kept kept(missing);
  kept.storage.record(shared(event(1, "a", kNow)));
  CHECK_FALSE(kept.work());
  CHECK(kept.errors(StorageFault::missing) == 1);
  std::filesystem::create_directory(missing);
  CHECK(kept.work());
  CHECK(kept.storage.status().queue_length == 0);

  // Nobody can make a file there.
  Kept refused("/proc/1");
  CHECK_FALSE(refused.work());
  CHECK(refused.errors(StorageFault::missing) + refused.errors(StorageFault::read_only) == 1);

  CHECK(fault_of_errno(EROFS) == StorageFault::read_only);
  CHECK(fault_of_errno(EACCES) == StorageFault::read_only);
  CHECK(fault_of_errno(EDQUOT) == StorageFault::full);
  CHECK(fault_of_errno(EIO) == StorageFault::io);
}

TEST_CASE("the queue keeps the newest of each thing, and drops only beyond its bound") {
  WriteQueue queue(3);
  for (std::uint64_t id = 1; id <= 3; ++id) queue.put(shared(event(id, "a", kNow)));
  WriteBatch batch = queue.take();
  CHECK(batch.events.size() == 3);
  CHECK(queue.length() == 3);
  queue.put(shared(event(2, "a", kNow, kNow + 5s)));
  queue.give_back(std::move(batch));
  CHECK(queue.length() == 3);
  CHECK(queue.dropped() == 0);
  queue.put(shared(event(4, "a", kNow)));
  CHECK(queue.dropped() == 1);
  batch = queue.take();
  REQUIRE(batch.events.size() == 3);
  CHECK(batch.events[0]->id == 2);
  CHECK(batch.events[0]->end == kNow + 5s);
  queue.written();
  CHECK(queue.length() == 0);
}

#include "daemon/storage/event_table.h"

#include "daemon/storage/event_reader.h"
#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

LoggedEvent full_event() {
  LoggedEvent full = event(1'764'000'000'000'001, "Netz \xc3\xa4", kNow + 123456us, kNow + 61s);
  full.unwatched = 7s;
  Event& facts = full.facts;
  facts.event_class = EventClass::flapping;
  facts.pattern = LossPattern::bursty;
  facts.cause = EventCause::congestion;
  facts.start_uncertainty = 1500ms;
  facts.end_uncertainty = 2s;
  facts.probes = 1000;
  facts.failures = 250;
  facts.hosts_affected = 7;
  facts.hosts_total = 256;
  Evidence& evidence = facts.evidence;
  evidence.retracted = true;
  evidence.log_likelihood = 12.5;
  evidence.loss = .25;
  evidence.burst_ratio = 3.75;
  evidence.falls = 4;
  evidence.dark = 100s;
  evidence.period = 33500ms;
  evidence.steady = true;
  evidence.together = true;
  evidence.rtt_before = 20123456ns;
  evidence.rtt_during = 90ms;
  evidence.hosts_on_new_path = 3;
  evidence.hosts_limited = 5;
  evidence.voids = 6;
  evidence.answering = {"web", "syn80"};
  evidence.errors = {{{3, 1}, Address::v4(0xcb007101), 17}, {{1, 3}, *Address::parse("2001:db8::1"), 2}};
  return full;
}

void check_same(const Evidence& a, const Evidence& b) {
  CHECK(a.retracted == b.retracted);
  CHECK(a.log_likelihood == b.log_likelihood);
  CHECK(a.loss == b.loss);
  CHECK(a.burst_ratio == b.burst_ratio);
  CHECK(a.falls == b.falls);
  CHECK(a.dark == b.dark);
  CHECK(a.period == b.period);
  CHECK(a.steady == b.steady);
  CHECK(a.together == b.together);
  CHECK(a.rtt_before == b.rtt_before);
  CHECK(a.rtt_during == b.rtt_during);
  CHECK(a.hosts_on_new_path == b.hosts_on_new_path);
  CHECK(a.hosts_limited == b.hosts_limited);
  CHECK(a.voids == b.voids);
  CHECK(a.answering == b.answering);
  REQUIRE(a.errors.size() == b.errors.size());
  for (std::size_t i = 0; i < a.errors.size(); ++i) {
    CHECK(a.errors[i].icmp == b.errors[i].icmp);
    CHECK(a.errors[i].responder == b.errors[i].responder);
    CHECK(a.errors[i].count == b.errors[i].count);
  }
}

Database open_database(const Directory& directory) {
  StorageResult<OpenedStateFile> file = open_state_file(directory.path(), kNow);
  REQUIRE(file.has_value());
  return std::move(file->database);
}

}  // namespace

TEST_CASE("everything that is known of an event comes back") {
  const Directory directory;
  Database database = open_database(directory);
  const LoggedEvent full = full_event();
  REQUIRE(write_events(database, {shared(full)}).has_value());
  const auto events = read_events(database, {});
  REQUIRE(events.has_value());
  REQUIRE(events->size() == 1);
  const LoggedEvent& read = *events->at(0);
  CHECK(read.id == full.id);
  CHECK(read.vantage == full.vantage);
  CHECK(read.start == full.start);
  CHECK(read.end == full.end);
  CHECK(read.detected_at == full.detected_at);
  CHECK(read.unwatched == full.unwatched);
  CHECK(read.facts.network == full.facts.network);
  CHECK(read.facts.event_class == full.facts.event_class);
  CHECK(read.facts.pattern == full.facts.pattern);
  CHECK(read.facts.cause == full.facts.cause);
  CHECK(read.facts.start_uncertainty == full.facts.start_uncertainty);
  CHECK(read.facts.end_uncertainty == full.facts.end_uncertainty);
  CHECK(read.facts.probes == full.facts.probes);
  CHECK(read.facts.failures == full.facts.failures);
  CHECK(read.facts.hosts_affected == full.facts.hosts_affected);
  CHECK(read.facts.hosts_total == full.facts.hosts_total);
  check_same(read.facts.evidence, full.facts.evidence);
}

TEST_CASE("reading takes what overlaps, of one network, the newest of them, oldest first") {
  const Directory directory;
  Database database = open_database(directory);
  REQUIRE(write_events(database, {shared(event(1, "a", kNow, kNow + 10s)), shared(event(2, "b", kNow + 5s, kNow + 20s)),
                                  shared(event(3, "a", kNow + 30s)), shared(event(4, "", kNow + 40s, kNow + 50s))})
              .has_value());
  const auto ids = [&](const EventQuery& query) {
    std::vector<std::uint64_t> found;
    const auto events = read_events(database, query);
    REQUIRE(events.has_value());
    for (const LoggedEventPtr& event : *events) {
      CHECK(query.matches(*event));
      found.push_back(event->id);
    }
    return found;
  };
  using Ids = std::vector<std::uint64_t>;
  EventQuery query;
  CHECK(ids(query) == Ids{1, 2, 3, 4});
  query.limit = 2;
  CHECK(ids(query) == Ids{3, 4});
  query.limit = 100;
  query.network = "a";
  CHECK(ids(query) == Ids{1, 3});
  query.since = kNow + 11s;
  CHECK(ids(query) == Ids{3});
  query.network = "";
  CHECK(ids(query) == Ids{4});
  query.network.reset();
  query.since = kNow + 10s;
  query.until = kNow + 30s;
  CHECK(ids(query) == Ids{1, 2, 3});
  query.until = kNow + 4s;
  CHECK(ids(query) == Ids{1});
  CHECK(read_open_events(database)->size() == 1);
}

TEST_CASE("a row that no event can be is left out, and the others are read") {
  const Directory directory;
  Database database = open_database(directory);
  REQUIRE(write_events(database, {shared(event(1, "a", kNow)), shared(event(2, "a", kNow))}).has_value());
  const std::string bad = GENERATE("class='other'", "evidence='{'", "start=9223372036854775807", "probes=-1",
                                   "start_uncertainty=-5", "cause=x'00ff'");
  REQUIRE(database.run("UPDATE events SET " + bad + " WHERE id=1").has_value());
  const auto events = read_events(database, {});
  REQUIRE(events.has_value());
  REQUIRE(events->size() == 1);
  CHECK(events->at(0)->id == 2);
}

TEST_CASE("evidence of another version is read as far as it is known") {
  const auto newer =
      decode_evidence(R"({"falls": 3, "colour": "red", "steady": "yes", "errors": [7, {"responder": "x"}]})");
  REQUIRE(newer);
  CHECK(newer->falls == 3);
  CHECK_FALSE(newer->steady);
  CHECK(newer->errors.empty());
  CHECK(decode_evidence("{}"));
  CHECK_FALSE(decode_evidence("[]"));
  CHECK_FALSE(decode_evidence(""));
  CHECK_FALSE(decode_evidence("{\"falls\": "));
  CHECK(decode_evidence(R"({"dark_s": 1e300, "falls": 18446744073709551616})")->dark == 0s);
}

TEST_CASE("a stopped daemon's file is read without a trace, and a missing one is told") {
  const Directory directory;
  EventReader reader(directory.path() + "/state", EventReader::WithoutFile::error);
  CHECK(reader.find({}).error().message == directory.path() + "/state/blipd.db: No such file or directory");
  CHECK(EventReader(directory.path() + "/state", EventReader::WithoutFile::no_events).find({})->empty());
  std::filesystem::create_directory(directory.path() + "/state");
  {
    Kept kept(directory.path() + "/state");
    kept.storage.record(shared(full_event()));
    CHECK(kept.work());
    kept.storage.close();
  }
  const auto leaves_a_log = [&] { return std::filesystem::exists(directory.path() + "/state/blipd.db-wal"); };
  CHECK(reader.find({})->size() == 1);
  CHECK_FALSE(leaves_a_log());
  // A daemon that starts later is seen.
  Kept kept(directory.path() + "/state");
  kept.storage.record(shared(event(5, "a", kNow)));
  CHECK(kept.work());
  CHECK(reader.find({})->size() == 2);
  Directory other;
  other.set_bytes(std::string(2000, 'x'));
  CHECK(EventReader(other.path(), EventReader::WithoutFile::error).find({}).has_error());
}

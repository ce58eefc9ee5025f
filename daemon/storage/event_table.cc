#include "daemon/storage/event_table.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "daemon/storage/wall_microseconds.h"

namespace blipd {
namespace {

using std::chrono::microseconds;

constexpr std::string_view kColumns =
    "id, vantage, network, class, pattern, cause, start, start_uncertainty, end, end_uncertainty, detected_at,"
    " unwatched, probes, failures, hosts_affected, hosts_total, evidence";

std::int64_t in_microseconds(Duration d) { return std::chrono::duration_cast<microseconds>(d).count(); }
std::int64_t as_signed(std::uint64_t count) { return static_cast<std::int64_t>(count); }

/// The member of an enumeration that is written as `word`.
template <class T>
std::optional<T> member_of(const std::string& word, std::initializer_list<T> members) {
  for (const T member : members) {
    if (to_string(member) == word) return member;
  }
  return std::nullopt;
}

/// Reads columns that hold what they must, and remembers whether all did.
class Row {
 public:
  explicit Row(const Statement& row) : row_(row) {}

  std::uint64_t count() {
    const std::int64_t value = row_.number(column_++);
    good_ = good_ && value >= 0;
    return static_cast<std::uint64_t>(value);
  }
  std::string text() { return row_.text(column_++); }
  Duration duration() {
    const std::int64_t value = row_.number(column_++);
    good_ = good_ && value >= 0 && value <= kMostMicroseconds;
    return good_ ? Duration(microseconds(value)) : Duration{};
  }
  WallTime time() {
    const std::optional<WallTime> value = from_microseconds(row_.number(column_++));
    good_ = good_ && value.has_value();
    return value.value_or(WallTime{});
  }
  std::optional<WallTime> time_if_any() {
    if (!row_.is_null(column_)) return time();
    ++column_;
    return std::nullopt;
  }
  template <class T>
  void member(T& out, std::initializer_list<T> members) {
    const std::optional<T> found = member_of(text(), members);
    good_ = good_ && found.has_value();
    out = found.value_or(out);
  }
  template <class T>
  T take(std::optional<T> value) {
    good_ = good_ && value.has_value();
    return value ? std::move(*value) : T();
  }
  bool is_good() const { return good_; }

 private:
  const Statement& row_;
  int column_ = 0;
  bool good_ = true;
};

LoggedEventPtr read_row(const Statement& statement) {
  Row row(statement);
  LoggedEvent event;
  Event& facts = event.facts;
  event.id = row.count();
  event.vantage = row.text();
  facts.network = row.text();
  row.member(facts.event_class,
             {EventClass::blip, EventClass::outage, EventClass::spotty, EventClass::flapping, EventClass::vantage});
  row.member(facts.pattern, {LossPattern::unknown, LossPattern::random, LossPattern::bursty});
  row.member(facts.cause, {EventCause::unknown, EventCause::route, EventCause::congestion, EventCause::host,
                           EventCause::filter, EventCause::vantage});
  event.start = row.time();
  facts.start_uncertainty = row.duration();
  event.end = row.time_if_any();
  facts.end_uncertainty = row.duration();
  event.detected_at = row.time();
  event.unwatched = row.duration();
  facts.probes = row.count();
  facts.failures = row.count();
  facts.hosts_affected = row.count();
  facts.hosts_total = row.count();
  facts.evidence = row.take(decode_evidence(row.text()));
  if (!row.is_good()) return nullptr;
  return std::make_shared<const LoggedEvent>(std::move(event));
}

StorageResult<std::vector<LoggedEventPtr>> read_rows(Statement& statement) {
  std::vector<LoggedEventPtr> events;
  while (true) {
    const StorageResult<bool> row = statement.step();
    if (row.has_error()) return row.error();
    if (!*row) break;
    if (LoggedEventPtr event = read_row(statement)) events.push_back(std::move(event));
  }
  return events;
}

void bind_event(Statement& statement, const LoggedEvent& event) {
  const Event& facts = event.facts;
  statement.bind(as_signed(event.id))
      .bind(event.vantage)
      .bind(facts.network)
      .bind(to_string(facts.event_class))
      .bind(to_string(facts.pattern))
      .bind(to_string(facts.cause))
      .bind(to_microseconds(event.start))
      .bind(in_microseconds(facts.start_uncertainty))
      .bind(event.end ? std::optional(to_microseconds(*event.end)) : std::nullopt)
      .bind(in_microseconds(facts.end_uncertainty))
      .bind(to_microseconds(event.detected_at))
      .bind(in_microseconds(event.unwatched))
      .bind(as_signed(facts.probes))
      .bind(as_signed(facts.failures))
      .bind(as_signed(facts.hosts_affected))
      .bind(as_signed(facts.hosts_total))
      .bind(encode_evidence(facts.evidence));
}

}  // namespace

StorageResult<void> write_events(Database& database, const std::vector<LoggedEventPtr>& events) {
  if (auto set = database.run("PRAGMA synchronous=FULL"); set.has_error()) return set;
  return in_transaction(database, [&]() -> StorageResult<void> {
    StorageResult<Statement> statement = database.prepare("INSERT OR REPLACE INTO events(" + std::string(kColumns) +
                                                          ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    if (statement.has_error()) return statement.error();
    for (const LoggedEventPtr& event : events) {
      bind_event(*statement, *event);
      if (auto written = statement->run(); written.has_error()) return written;
    }
    return {};
  });
}

StorageResult<std::vector<LoggedEventPtr>> read_events(Database& database, const EventQuery& query) {
  std::string sql = "SELECT " + std::string(kColumns) + " FROM events WHERE 1";
  if (query.network) sql += " AND network = ?";
  if (query.since) sql += " AND (end IS NULL OR end >= ?)";
  if (query.until) sql += " AND start <= ?";
  sql += " ORDER BY start DESC, id DESC LIMIT ?";
  StorageResult<Statement> statement = database.prepare(sql);
  if (statement.has_error()) return statement.error();
  if (query.network) statement->bind(*query.network);
  if (query.since) statement->bind(to_microseconds(*query.since));
  if (query.until) statement->bind(to_microseconds(*query.until));
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  statement->bind(static_cast<std::int64_t>(std::min(query.limit, kMost)));
  StorageResult<std::vector<LoggedEventPtr>> events = read_rows(*statement);
  if (!events.has_error()) std::reverse(events->begin(), events->end());
  return events;
}

StorageResult<std::vector<LoggedEventPtr>> read_open_events(Database& database) {
  StorageResult<Statement> statement =
      database.prepare("SELECT " + std::string(kColumns) + " FROM events WHERE end IS NULL ORDER BY start, id");
  if (statement.has_error()) return statement.error();
  return read_rows(*statement);
}

}  // namespace blipd

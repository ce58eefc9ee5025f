// A NameTable in virtual time, with a DNS that answers at once as the test says.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/names/name_table.h"
#include "tests/support/catch.h"

namespace blipd::test {

using namespace std::chrono_literals;

inline Address address(const char* text) { return *Address::parse(text); }

inline LookupAnswer found(std::vector<const char*> addresses, std::optional<Duration> ttl = 5min) {
  LookupAnswer answer{LookupAnswer::Kind::addresses, {}, ttl};
  for (const char* text : addresses) answer.addresses.push_back(address(text));
  return answer;
}
inline LookupAnswer negative() { return {LookupAnswer::Kind::negative, {}, {}}; }
inline LookupAnswer failure() { return {LookupAnswer::Kind::failure, {}, {}}; }

class TableDriver {
 public:
  explicit TableDriver(std::vector<std::string> names = {"a.example"}, NameRules rules = {}) : table(rules) {
    table.set_names(std::move(names), now);
  }

  /// What the DNS says now; a family that is not here has no record.
  std::map<Family, LookupAnswer> dns;
  NameTable table;
  Instant now{1h};
  struct Asked {
    Duration at;  ///< since the beginning
    Lookup lookup;
  };
  std::vector<Asked> asked;

  /// Works off everything that is due until `span` is over.
  void run_for(Duration span) {
    const Instant end = now + span;
    for (int steps = 0; steps < 1'000'000; ++steps) {
      const std::optional<Instant> due = table.next_due();
      if (!due || *due > end) break;
      now = std::max(now, *due);
      for (const Lookup& lookup : table.take_due(now)) {
        asked.push_back({now - Instant(1h), lookup});
        const auto said = dns.find(lookup.family);
        table.end(lookup, said == dns.end() ? negative() : said->second, now);
      }
    }
    now = end;
  }
  /// When `family` of any name was asked, in seconds since the beginning; forgets.
  std::vector<long> times_of(Family family) {
    std::vector<long> times;
    for (const Asked& a : asked) {
      if (a.lookup.family == family) times.push_back(std::chrono::duration_cast<std::chrono::seconds>(a.at).count());
    }
    asked.clear();
    return times;
  }
  std::optional<Address> v4() const { return table.resolved().front().v4; }
  std::optional<Address> v6() const { return table.resolved().front().v6; }
};

}  // namespace blipd::test

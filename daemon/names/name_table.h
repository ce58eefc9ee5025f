// What is known of each name, and when to ask again.
//
// A probing daemon must not lose its hosts because the DNS is ill: that is when they are worth probing. So an address
// that was found stays in use until something better than silence says otherwise:
//
//  * A failure (nobody answers, SERVFAIL, REFUSED, nonsense) changes nothing, for as long as it takes.
//  * A negative answer takes an address away only after an hour of them. The hour is made of the time between negative
//    answers; failures in between do not count towards it, an address in between ends it.
//  * A new answer replaces the address only if it no longer holds it, so that a record that goes round does not change
//    the host each time.
//
// Each name has two families, asked and timed apart: a server that is silent about AAAA does not hold up A.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "daemon/names/lookup.h"
#include "probes/address.h"
#include "probes/clock.h"

namespace blipd {

/// When to ask again, and how much at once.
struct NameRules {
  Duration least_ttl = std::chrono::seconds(5);       ///< a shorter TTL counts as this
  Duration most_ttl = std::chrono::hours(1);          ///< a longer one as this
  Duration ttl_of_files = std::chrono::minutes(1);    ///< of an answer without TTL
  Duration first_retry = std::chrono::seconds(5);     ///< after a failure; doubles with each further one
  Duration most_retry = std::chrono::minutes(1);      ///< up to this
  Duration negative_retry = std::chrono::minutes(1);  ///< after a negative answer
  Duration denial = std::chrono::hours(1);            ///< of negative answers until an address is given up
  std::size_t in_flight = 100;                        ///< lookups at the same time, at most
  double names_per_second = 1000;  ///< two lookups each; also after a reload with a million new names
};

/// The addresses of one name: one of each family at most.
struct ResolvedName {
  std::string name;
  std::optional<Address> v4;
  std::optional<Address> v6;
  friend bool operator==(const ResolvedName&, const ResolvedName&) = default;
};

/// Pure: asks nobody, has no clock. `now` never goes back. Not thread-safe.
class NameTable {
 public:
  explicit NameTable(NameRules rules = {}) : rules_(rules) {}

  /// The names to resolve from now on: canonical, in any order, repeated ones once. What is known of names that stay is
  /// kept, new ones are due at once. Does not count as a change.
  void set_names(std::vector<std::string> names, Instant now);

  /// The lookups to begin now, within both limits of the rules. Each one must be ended.
  std::vector<Lookup> take_due(Instant now);
  /// When `take_due` may next have something; none: not before a lookup ends or the names change.
  std::optional<Instant> next_due() const;
  /// A lookup of `take_due` has ended, also if its name is gone by now.
  void end(const Lookup& lookup, const LookupAnswer& answer, Instant now);

  /// All names in alphabetical order, with or without addresses.
  std::vector<ResolvedName> resolved() const;
  /// Whether an address was found, replaced or given up since the last call.
  bool take_changed();

  /// Resolutions that failed. A resolution is the lookups of a name that are under way together, once both families
  /// have been asked. It fails, once, if a lookup failed, if an answer held nothing but addresses that cannot be a
  /// host's (IPv4-mapped, unspecified, multicast, broadcast; from a server also loopback), if an answer denied an
  /// address in use, or if a negative answer leaves the name without any address.
  std::uint64_t failures() const { return failures_; }
  std::size_t size() const { return entries_.size(); }
  std::size_t in_flight() const { return in_flight_; }

 private:
  struct FamilyState {
    std::optional<Address> address;
    Instant due{};                    // unless asking
    std::optional<Instant> denied{};  // time of the last answer, if that was negative
    Duration denied_for{};
    unsigned failed = 0;  // lookups in a row
    bool asking = false;
    bool asked = false;  // at least one lookup has ended
  };
  struct Entry {
    std::string name;
    std::array<FamilyState, kFamilies> families{};
    // Of the resolution under way.
    bool failed = false;
    bool negative = false;
  };
  /// A family that waits, by its place: entry * kFamilies + family.
  struct Due {
    Instant at;
    std::size_t place;
    friend auto operator<=>(const Due&, const Due&) = default;
  };

  Entry* find(const std::string& name);
  void rebuild_queue();
  Duration take_answer(Entry& entry, FamilyState& state, Family family, const LookupAnswer& answer, Instant now);
  void take_address(FamilyState& state, const Address& address);
  void deny(Entry& entry, FamilyState& state, Instant now);
  Duration retry_after(unsigned failed) const;
  void close_resolution(Entry& entry);
  Duration spacing() const;

  NameRules rules_;
  std::vector<Entry> entries_;  // by name
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue_;
  std::size_t in_flight_ = 0;
  std::uint64_t failures_ = 0;
  Instant paced_{};  // when the next lookup would begin if they were evenly spaced
  bool changed_ = false;
};

}  // namespace blipd

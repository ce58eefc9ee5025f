// What tests of the resolver share: a DNS server, a resolver that asks it, and one loop for both.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/names/resolver.h"
#include "tests/support/catch.h"
#include "tests/support/dns_server.h"

namespace blipd::test {

using namespace std::chrono_literals;

inline const Address kOne = *Address::parse("192.0.2.1");
inline const Address kTwo = *Address::parse("192.0.2.2");
inline const Address kSix = *Address::parse("2001:db8::1");

/// The rules at a hundredth of their times, but for the denial.
inline NameRules quick() {
  NameRules rules;
  rules.least_ttl = 50ms;
  rules.most_ttl = 36s;
  rules.ttl_of_files = 600ms;
  rules.first_retry = 50ms;
  rules.most_retry = 600ms;
  rules.negative_retry = 600ms;
  return rules;
}

/// For servers that answer: nothing is asked twice because the machine is busy.
inline ResolverOptions patient() { return {.query_timeout = 20s, .tries = 1, .rules = quick()}; }
/// For servers that may be silent.
inline ResolverOptions impatient() { return {.query_timeout = 100ms, .tries = 2, .rules = quick()}; }

/// A resolver, its server and the loop both run on.
struct Bench {
  explicit Bench(ResolverOptions options = patient()) {
    REQUIRE(server.is_open());
    if (options.servers.empty()) options.servers = {server.endpoint()};
    resolver = std::move(*Resolver::open(io, options, [this](std::vector<ResolvedName> names) {
      ++told;
      table = std::move(names);
    }));
  }

  /// Runs the loop until it holds; false after a long while.
  bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      if (io.run_one_for(100ms) == 0) io.restart();
    }
    return holds();
  }
  ResolvedName of(const std::string& name) const {
    for (const ResolvedName& resolved : table) {
      if (resolved.name == name) return resolved;
    }
    return {};
  }
  /// Runs the loop until both addresses of the name have been told. The second may come with a later change.
  bool until_both(const std::string& name) {
    return until([&] { return of(name).v4.has_value() && of(name).v6.has_value(); });
  }
  std::size_t queries(const std::string& name) const {
    return static_cast<std::size_t>(std::count_if(server.queries.begin(), server.queries.end(),
                                                  [&](const DnsServer::Query& q) { return q.name == name; }));
  }

  boost::asio::io_context io{1};
  DnsServer server{io};
  std::unique_ptr<Resolver> resolver;
  std::vector<ResolvedName> table;
  int told = 0;
};

inline DnsReply both(std::uint32_t ttl = 300) { return {.addresses = {kOne, kSix}, .ttl = ttl}; }

}  // namespace blipd::test

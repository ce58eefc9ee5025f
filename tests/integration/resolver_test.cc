// The resolver with real sockets, against DNS servers of its own on the loopback interface.

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "probes/host_name.h"
#include "tests/integration/resolver_bench.h"

namespace blipd {
namespace {

using namespace test;
using What = DnsReply::What;

TEST_CASE("resolver: the first answer is told, with both families") {
  Bench bench;
  bench.server.decide = [](const std::string&, bool) { return both(); };
  bench.resolver->set_names({"www.example.org"});
  REQUIRE(bench.until_both("www.example.org"));
  CHECK(bench.table == std::vector<ResolvedName>{{"www.example.org", kOne, kSix}});
  CHECK(bench.resolver->resolved() == bench.table);
  CHECK(bench.resolver->failures() == 0);
  CHECK(bench.server.queries.size() == 2);
}

TEST_CASE("resolver: a name is asked again when its TTL ends, and a changed address is told") {
  Bench bench;
  Address now = kOne;
  bench.server.decide = [&](const std::string&, bool) { return DnsReply{.addresses = {now}, .ttl = 0}; };
  bench.resolver->set_names({"a.example"});
  REQUIRE(bench.until([&] { return bench.of("a.example").v4 == kOne; }));
  now = kTwo;
  REQUIRE(bench.until([&] { return bench.of("a.example").v4 == kTwo; }));
  CHECK(bench.told == 2);
}

TEST_CASE("resolver: the TTL of an answer is the least on the way, aliases too") {
  Bench bench;
  bench.server.decide = [](const std::string& name, bool) {
    DnsReply reply{.addresses = {kOne, kSix}, .ttl = 86400, .alias = "real.example", .alias_ttl = 86400};
    if (name == "alias.example") reply.alias_ttl = 0;
    if (name == "address.example") reply.ttl = 0;
    return reply;
  };
  bench.resolver->set_names({"alias.example", "address.example", "long.example"});
  REQUIRE(bench.until([&] { return bench.queries("alias.example") > 8 && bench.queries("address.example") > 8; }));
  CHECK(bench.queries("long.example") == 2);
  REQUIRE(bench.until_both("alias.example"));
  CHECK(bench.of("alias.example").v4 == kOne);
  CHECK(bench.of("alias.example").v6 == kSix);
  CHECK(bench.resolver->failures() == 0);
}

TEST_CASE("resolver: a dead server takes nothing away and is counted, and is followed when it lives again") {
  Bench bench(impatient());
  bool dead = false;
  Address v4 = kOne;
  bench.server.decide = [&](const std::string&, bool) {
    return dead ? DnsReply{.what = What::silence} : DnsReply{.addresses = {v4, kSix}, .ttl = 0};
  };
  bench.resolver->set_names({"a.example"});
  REQUIRE(bench.until_both("a.example"));
  dead = true;
  const int told = bench.told;
  const std::uint64_t failures = bench.resolver->failures();
  REQUIRE(bench.until([&] { return bench.resolver->failures() >= failures + 3; }));
  CHECK(bench.resolver->resolved() == std::vector<ResolvedName>{{"a.example", kOne, kSix}});
  CHECK(bench.told == told);
  dead = false;
  v4 = kTwo;
  REQUIRE(bench.until([&] { return bench.of("a.example").v4 == kTwo; }));
  CHECK(bench.of("a.example").v6 == kSix);
}

TEST_CASE("resolver: a server that is not there is a failure, and found when it comes") {
  ResolverOptions options{.query_timeout = 50ms, .tries = 1, .rules = quick()};
  {
    boost::asio::io_context io;
    options.servers = {DnsServer(io).endpoint()};
  }
  Bench bench(options);
  bench.resolver->set_names({"a.example"});
  REQUIRE(bench.until([&] { return bench.resolver->failures() >= 2; }));
  const std::string& endpoint = options.servers[0];
  DnsServer late(bench.io, "127.0.0.1", static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.find(':') + 1))));
  if (!late.is_open()) {
    WARN("somebody else took the port");
    return;
  }
  late.decide = [](const std::string&, bool) { return both(); };
  REQUIRE(bench.until([&] { return bench.of("a.example").v4 == kOne; }));
}

TEST_CASE("resolver: answers that say nothing are failures, negative ones are not while there is an address") {
  const auto what = GENERATE(What::servfail, What::refused, What::silence, What::wrong_id, What::other_name,
                             What::garbage, What::stump);
  CAPTURE(static_cast<int>(what));
  ResolverOptions options{.query_timeout = 30ms, .tries = 1, .rules = quick()};
  Bench bench(options);
  bench.server.decide = [&](const std::string&, bool v6) {
    return v6 ? DnsReply{.what = what, .addresses = {kSix}} : DnsReply{.addresses = {kOne}, .ttl = 0};
  };
  bench.resolver->set_names({"a.example"});
  REQUIRE(bench.until([&] { return bench.resolver->failures() >= 2; }));
  REQUIRE(bench.until([&] { return bench.told > 0; }));
  CHECK(bench.table == std::vector<ResolvedName>{{"a.example", kOne, std::nullopt}});
}

TEST_CASE("resolver: NXDOMAIN and NODATA are answers") {
  const auto what = GENERATE(What::nxdomain, What::answer);
  CAPTURE(static_cast<int>(what));
  Bench bench;
  bench.server.decide = [&](const std::string& name, bool v6) {
    if (name == "none.example") return DnsReply{.what = what};
    return v6 ? DnsReply{.what = what} : DnsReply{.addresses = {kOne}};
  };
  bench.resolver->set_names({"a.example"});
  REQUIRE(bench.until([&] { return bench.told > 0; }));
  REQUIRE(bench.until([&] { return bench.server.queries.size() >= 4; }));
  CHECK(bench.table == std::vector<ResolvedName>{{"a.example", kOne, std::nullopt}});
  CHECK(bench.resolver->failures() == 0);
  // Without any address it is a failure: one for both families, and no second query before its time.
  bench.resolver->set_names({"none.example"});
  REQUIRE(bench.until([&] { return bench.resolver->failures() == 1; }));
  CHECK(bench.queries("none.example") == 2);
}

TEST_CASE("resolver: a slow answer comes, and a cut one is asked for again by TCP") {
  Bench bench;
  bench.server.decide = [](const std::string& name, bool) {
    DnsReply reply = both();
    if (name == "slow.example") reply.delay = 400ms;
    if (name == "long.example") reply.what = What::truncated;
    return reply;
  };
  bench.resolver->set_names({"long.example", "slow.example"});
  REQUIRE(bench.until_both("slow.example"));
  REQUIRE(bench.until_both("long.example"));
  CHECK(bench.of("long.example").v4 == kOne);
  CHECK(bench.of("slow.example").v4 == kOne);
  CHECK(bench.resolver->failures() == 0);
  CHECK(std::any_of(bench.server.queries.begin(), bench.server.queries.end(), [](const auto& q) { return q.tcp; }));
}

TEST_CASE("resolver: names are asked as they are, without search domains") {
  REQUIRE(::setenv("LOCALDOMAIN", "search.example corp.example", 1) == 0);
  Bench bench;
  ::unsetenv("LOCALDOMAIN");
  bench.server.decide = [](const std::string&, bool) { return DnsReply{.what = What::nxdomain}; };
  bench.resolver->set_names({"printer", "a.example", "_x.b.example"});
  REQUIRE(bench.until([&] { return bench.resolver->failures() >= 3; }));
  std::set<std::string> asked;
  for (const DnsServer::Query& query : bench.server.queries) asked.insert(query.name);
  CHECK(asked == std::set<std::string>{"_x.b.example", "a.example", "printer"});
}

TEST_CASE("resolver: localhost is this machine, and no server is asked") {
  Bench bench;
  bench.server.decide = [](const std::string&, bool) { return both(); };
  bench.resolver->set_names({"a.localhost", "localhost", "notlocalhost"});
  REQUIRE(bench.until_both("notlocalhost"));
  for (const char* name : {"localhost", "a.localhost"}) {
    CHECK(bench.of(name).v4 == Address::parse("127.0.0.1"));
    CHECK(bench.of(name).v6 == Address::parse("::1"));
    CHECK(bench.queries(name) == 0);
  }
  CHECK(bench.of("notlocalhost").v4 == kOne);
}

/// The first name of /etc/hosts with an IPv4 address, besides localhost.
std::optional<std::pair<std::string, Address>> named_in_hosts_file() {
  std::ifstream file("/etc/hosts");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string first;
    std::string name;
    words >> first >> name;
    const std::optional<Address> address = Address::parse(first);
    if (address && address->is_v4() && is_host_name(name) && name.find("localhost") == std::string::npos) {
      return std::pair(canonical_name(name), *address);
    }
  }
  return std::nullopt;
}

TEST_CASE("resolver: the hosts file comes before the servers") {
  const auto named = named_in_hosts_file();
  if (!named) {
    WARN("the hosts file names nothing");
    return;
  }
  Bench bench;
  bench.server.decide = [](const std::string&, bool) { return DnsReply{.what = What::nxdomain}; };
  bench.resolver->set_names({named->first});
  REQUIRE(bench.until([&] { return bench.told > 0; }));
  CHECK(bench.of(named->first).v4 == named->second);
  CHECK(std::none_of(bench.server.queries.begin(), bench.server.queries.end(), [](const auto& q) { return !q.v6; }));
}

TEST_CASE("resolver: two thousand names at once, at its pace and without losing one") {
  Bench bench({.query_timeout = 20s, .tries = 1});
  bench.server.decide = [](const std::string& name, bool) {
    return DnsReply{
        .addresses = {Address::v4(0xc6120000U + static_cast<std::uint32_t>(std::stoi(name.substr(1)))), kSix}};
  };
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back("h" + std::to_string(i) + ".example");
  const auto begin = std::chrono::steady_clock::now();
  bench.resolver->set_names(names);
  const auto complete = [&] {
    return bench.table.size() == 2000 &&
           std::all_of(bench.table.begin(), bench.table.end(), [](const auto& n) { return n.v4 && n.v6; });
  };
  REQUIRE(bench.until(complete));
  // A thousand a second: the first of them ahead of their time.
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= 1900ms);
  CHECK(bench.resolver->failures() == 0);
  CHECK(bench.of("h1234.example").v4 == Address::v4(0xc6120000U + 1234));
  CHECK(bench.server.queries.size() == 4000);
  // Gathered, not one by one.
  CHECK(bench.told <= 1 + took / (Resolver::kGather + 2000 * Resolver::kGatherEachName));
  CHECK(bench.told >= 2);
}

TEST_CASE("resolver: without names nothing is open and nothing waits") {
  boost::asio::io_context io{1};
  NameRules rules;
  rules.first_retry = rules.most_retry = 1h;
  const auto resolver = std::move(*Resolver::open(io, {.servers = {"127.0.0.1:9"}, .rules = rules}, {}));
  CHECK(io.run() == 0);
  resolver->set_names({"a.example"});
  io.restart();
  for (int i = 0; i < 1000 && resolver->failures() == 0; ++i) io.run_one_for(20ms);
  CHECK(resolver->failures() == 1);
  resolver->set_names({"b.example"});
  resolver->set_names({});
  // Ends by itself once the lookups have.
  io.run_for(60s);
  CHECK(io.stopped());
  resolver->set_names({"a.example"});
  resolver->stop();
  io.restart();
  io.run_for(20s);
  CHECK(io.stopped());
}

TEST_CASE("resolver: it can end with lookups in flight, from a change too") {
  Bench bench(impatient());
  bench.server.decide = [](const std::string& name, bool) {
    return name == "a.example" ? both() : DnsReply{.what = What::silence};
  };
  std::unique_ptr<Resolver> stopping;
  int told = 0;
  stopping = std::move(*Resolver::open(bench.io, {.servers = {bench.server.endpoint()}, .rules = quick()},
                                       [&](const std::vector<ResolvedName>&) {
                                         ++told;
                                         stopping->stop();
                                       }));
  stopping->set_names({"a.example", "b.example"});
  REQUIRE(bench.until([&] { return told > 0; }));
  CHECK(stopping->resolved().size() == 2);
  stopping.reset();
  bench.resolver->set_names({"b.example"});
  REQUIRE(bench.until([&] { return bench.queries("b.example") >= 4; }));
  bench.resolver.reset();
  bench.io.run_for(10ms);
  CHECK(bench.told == 0);
}

TEST_CASE("resolver: servers that are no addresses are refused") {
  boost::asio::io_context io;
  const auto refused = Resolver::open(io, {.servers = {"nonsense"}}, {});
  REQUIRE(refused.has_error());
  CHECK(refused.error().message.find("nonsense") != std::string::npos);
}

TEST_CASE("resolver: resolv.conf is read again when it changes") {
  // Port 53 alone can be written there.
  boost::asio::io_context io{1};
  DnsServer first(io, "127.53.0.1", 53);
  DnsServer second(io, "127.53.0.2", 53);
  if (!first.is_open() || !second.is_open()) {
    WARN("port 53 is not ours to open");
    return;
  }
  // The slow one is in flight while the servers change; its answer is waited for.
  first.decide = [](const std::string& name, bool) {
    return name == "slow.example" ? DnsReply{.addresses = {kOne}, .delay = 1500ms}
                                  : DnsReply{.addresses = {kOne}, .ttl = 0};
  };
  second.decide = [](const std::string&, bool) { return DnsReply{.addresses = {kTwo}, .ttl = 0}; };
  char path[] = "/tmp/blipd-resolv-XXXXXX";
  const int file = ::mkstemp(path);
  REQUIRE(file >= 0);
  ::close(file);
  std::ofstream(path) << "nameserver 127.53.0.1\n";
  std::vector<ResolvedName> table;
  const auto resolver = std::move(*Resolver::open(io, {.resolv_conf = path, .rules = quick()},
                                                  [&](std::vector<ResolvedName> names) { table = std::move(names); }));
  resolver->set_names({"a.example", "slow.example"});
  const auto until = [&](std::size_t place, const Address& address) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (!table.empty() && table[place].v4 == address) return true;
      if (io.run_one_for(100ms) == 0) io.restart();
    }
    return false;
  };
  CHECK(until(0, kOne));
  std::ofstream(path) << "# moved\nnameserver 127.53.0.2\n";
  CHECK(until(0, kTwo));
  CHECK(until(1, kOne));
  // Gone: the servers of before stay.
  ::unlink(path);
  const std::size_t asked = second.queries.size();
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (second.queries.size() < asked + 60 && std::chrono::steady_clock::now() < deadline) {
    if (io.run_one_for(100ms) == 0) io.restart();
  }
  CHECK(second.queries.size() >= asked + 60);
  CHECK(table[0].v4 == kTwo);
}

}  // namespace
}  // namespace blipd

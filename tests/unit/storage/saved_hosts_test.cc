#include "daemon/storage/saved_hosts.h"

#include <cmath>
#include <limits>

#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

using Octets = std::vector<std::uint8_t>;

SavedHost host() {
  SavedHost host;
  host.address = Address::v4(0xc0000201);
  host.outcomes = 0x0102030405060708;
  host.outcomes_known = 64;
  host.failure_run = 255;
  host.hop_limit = 57;
  host.suspect_run = 2;
  host.learned = 0x0a0b;
  host.own_loss = 0.5;
  host.rtt_us = 20000;
  host.rtt_variation_us = 300;
  host.usual_rtt_us = 0xfedcba98;
  return host;
}

const Octets kOutcomes{
    0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,  // address
    192, 0,   2, 1,                                //
    1,   2,   3, 4, 5, 6, 7, 8,                    // outcomes
    64,  255,                                      // known, run
};
const Octets kLearned{
    57,   2,    0x0a, 0x0b,               // hop limit, suspects, learned
    0x3f, 0,    0,    0,                  // own loss
    0,    0,    0x4e, 0x20, 0, 0, 1, 44,  // round-trip time, variation
    0xfe, 0xdc, 0xba, 0x98,               // usual
};
const Octets kName{0x80, 0, 0, 0, 0, 0, 0, 1};

/// Module -2 with one record of that size and these parts, and module 5 without any.
Octets bytes_of(std::uint8_t size, const std::vector<Octets>& parts) {
  Octets bytes{1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0, size, 0, 0, 0, 1};
  for (const Octets& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
  for (const int octet : {0, 0, 0, 0, 0, 0, 0, 5, 0, 46, 0, 0, 0, 0}) bytes.push_back(static_cast<std::uint8_t>(octet));
  return bytes;
}

const Octets kBytes = bytes_of(46, {kOutcomes, kLearned});

bool is_same(const SavedHost& a, const SavedHost& b) { return encode_hosts({{0, {a}}}) == encode_hosts({{0, {b}}}); }

}  // namespace

TEST_CASE("hosts: golden bytes both ways") {
  CHECK(encode_hosts({{-2, {host()}}, {5, {}}}) == kBytes);
  const auto read = decode_hosts(kBytes);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(read->at(0).module == -2);
  REQUIRE(read->at(0).hosts.size() == 1);
  const SavedHost& known = read->at(0).hosts[0];
  CHECK(known.address == Address::v4(0xc0000201));
  CHECK(known.outcomes == 0x0102030405060708);
  CHECK(known.failure_run == 255);
  CHECK(known.hop_limit == 57);
  CHECK(known.suspect_run == 2);
  CHECK(known.learned == 0x0a0b);
  CHECK(known.own_loss == 0.5F);
  CHECK(known.rtt_us == 20000);
  CHECK(known.rtt_variation_us == 300);
  CHECK(known.usual_rtt_us == 0xfedcba98);
  CHECK(known.name == 0);
  CHECK(read->at(1).module == 5);
}

TEST_CASE("hosts of a module that asks by name have their names' keys") {
  SavedHost named = host();
  named.name = std::numeric_limits<std::int64_t>::min() + 1;
  CHECK(encode_hosts({{-2, {named}}, {5, {}}}) == bytes_of(54, {kOutcomes, kLearned, kName}));
  const auto read = decode_hosts(bytes_of(54, {kOutcomes, kLearned, kName}));
  REQUIRE(read);
  CHECK(read->at(0).hosts.at(0).name == named.name);
}

TEST_CASE("what is kept of a host is all that detection knows of it") {
  const TargetState before = known_host(host());
  CHECK_FALSE(before.active);
  CHECK(is_same(saved_host(before, 0), host()));
  CHECK(saved_host(before, 7).name == 7);
}

TEST_CASE("records that an older version made shorter, and a newer one longer, are read as far as they go") {
  const auto older = decode_hosts(bytes_of(26, {kOutcomes}));
  REQUIRE(older);
  CHECK(older->at(0).hosts.at(0).failure_run == 255);
  CHECK(older->at(0).hosts.at(0).learned == 0);
  CHECK(older->at(0).hosts.at(0).rtt_us == 0);
  const auto between = decode_hosts(bytes_of(28, {kOutcomes, {0xaa, 0xbb}}));
  REQUIRE(between);
  CHECK(between->at(0).hosts.at(0).hop_limit == 0);
  const auto newer = decode_hosts(bytes_of(57, {kOutcomes, kLearned, kName, {1, 2, 3}}));
  REQUIRE(newer);
  CHECK(newer->at(0).hosts.at(0).usual_rtt_us == 0xfedcba98);
  CHECK(newer->at(1).module == 5);
}

TEST_CASE("hosts: bytes that are cut short, too long or of another version are refused") {
  for (std::size_t size = 0; size < kBytes.size(); ++size) CHECK_FALSE(decode_hosts(Bytes(kBytes).first(size)));
  Octets bytes = kBytes;
  bytes.push_back(0);
  CHECK_FALSE(decode_hosts(bytes));
  bytes.pop_back();
  bytes[0] = 2;
  CHECK_FALSE(decode_hosts(bytes));
}

TEST_CASE("hosts: no flipped bit does harm, and an own loss that is none is refused") {
  for (std::size_t bit = 0; bit < kBytes.size() * 8; ++bit) {
    Octets bytes = kBytes;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    const auto modules = decode_hosts(bytes);
    if (!modules) continue;
    CHECK(modules->size() == 2);
    for (const SavedHost& read : modules->at(0).hosts) {
      CHECK(read.own_loss >= 0);
      CHECK(read.own_loss <= 1);
    }
  }
  for (const float loss : {std::nanf(""), -0.1F, 1.1F, std::numeric_limits<float>::infinity()}) {
    SavedHost wrong = host();
    wrong.own_loss = loss;
    CHECK_FALSE(decode_hosts(encode_hosts({{1, {wrong}}})));
  }
}

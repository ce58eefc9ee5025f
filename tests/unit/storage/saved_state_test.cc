#include "daemon/storage/saved_state.h"

#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

using Octets = std::vector<std::uint8_t>;

const std::vector<SavedWindow> kWindows{{60s, WallTime(1s), {{3, 2}, {0, 0}, {200, 129}}}, {300s, WallTime(-2s), {}}};
const Octets kWindowBytes{
    1,    2,                                               // version, windows
    0,    0,    0,    0x0d, 0xf8, 0x47, 0x58, 0x00,        // 60 s
    0,    0,    0,    0,    0,    0x0f, 0x42, 0x40,        // 1 s
    3,    3,    2,    0,    0,    0xc8, 0x01, 0x81, 0x01,  // buckets
    0,    0,    0,    0x45, 0xd9, 0x64, 0xb8, 0x00,        // 300 s
    0xff, 0xff, 0xff, 0xff, 0xff, 0xe1, 0x7b, 0x80, 0,     // -2 s, no buckets
};

const std::vector<SavedModuleHosts> kHosts{{-2, {{Address::v4(0xc0000201), 0x0102030405060708, 64, 255}}}, {5, {}}};
const Octets kHostBytes{
    1,    0,    2,                                                     // version, modules
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,                    // key
    0,    26,   0,    0,    0,    1,                                   // record size, records
    0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0xff, 0xff,  // address
    192,  0,    2,    1,                                               //
    1,    2,    3,    4,    5,    6,    7,    8,                       // outcomes
    64,   255,                                                         // known, run
    0,    0,    0,    0,    0,    0,    0,    5,                       // key
    0,    26,   0,    0,    0,    0,                                   // no records
};

}  // namespace

TEST_CASE("windows: golden bytes both ways") {
  CHECK(encode_windows(kWindows) == kWindowBytes);
  const auto read = decode_windows(kWindowBytes);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(read->at(0).length == 60s);
  CHECK(read->at(0).first == WallTime(1s));
  REQUIRE(read->at(0).buckets.size() == 3);
  CHECK(read->at(0).buckets[2].probes == 200);
  CHECK(read->at(0).buckets[2].replies == 129);
  CHECK(read->at(1).first == WallTime(-2s));
}

TEST_CASE("hosts: golden bytes both ways") {
  CHECK(encode_hosts(kHosts) == kHostBytes);
  const auto read = decode_hosts(kHostBytes);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(read->at(0).module == -2);
  REQUIRE(read->at(0).hosts.size() == 1);
  CHECK(read->at(0).hosts[0].address == Address::v4(0xc0000201));
  CHECK(read->at(0).hosts[0].outcomes == 0x0102030405060708);
  CHECK(read->at(0).hosts[0].outcomes_known == 64);
  CHECK(read->at(0).hosts[0].failure_run == 255);
}

TEST_CASE("bytes that are cut short, too long or of another version are refused") {
  for (std::size_t size = 0; size < kWindowBytes.size(); ++size)
    CHECK_FALSE(decode_windows(Bytes(kWindowBytes).first(size)));
  for (std::size_t size = 0; size < kHostBytes.size(); ++size) CHECK_FALSE(decode_hosts(Bytes(kHostBytes).first(size)));
  for (Octets bytes : {kWindowBytes, kHostBytes}) {
    bytes.push_back(0);
    CHECK_FALSE(decode_windows(bytes));
    CHECK_FALSE(decode_hosts(bytes));
    bytes.pop_back();
    bytes[0] = 2;
    CHECK_FALSE(decode_windows(bytes));
    CHECK_FALSE(decode_hosts(bytes));
  }
}

TEST_CASE("no flipped bit does harm, and more replies than probes are refused") {
  for (std::size_t bit = 0; bit < kWindowBytes.size() * 8; ++bit) {
    Octets bytes = kWindowBytes;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    const auto windows = decode_windows(bytes);
    for (const SavedWindow& window : windows.value_or(std::vector<SavedWindow>())) {
      for (const ReplyCount& bucket : window.buckets) CHECK(bucket.replies <= bucket.probes);
    }
  }
  for (std::size_t bit = 0; bit < kHostBytes.size() * 8; ++bit) {
    Octets bytes = kHostBytes;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    const auto modules = decode_hosts(bytes);
    if (modules) CHECK(modules->size() == 2);
  }
}

TEST_CASE("records that a newer version made longer are read as far as they are known") {
  Octets bytes = kHostBytes;
  bytes[12] = 28;
  bytes.insert(bytes.begin() + 17 + 26, {0xaa, 0xbb});
  const auto read = decode_hosts(bytes);
  REQUIRE(read);
  CHECK(read->at(0).hosts[0].failure_run == 255);
  CHECK(read->at(1).module == 5);
}

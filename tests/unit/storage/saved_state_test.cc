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

TEST_CASE("windows: bytes that are cut short, too long or of another version are refused") {
  for (std::size_t size = 0; size < kWindowBytes.size(); ++size)
    CHECK_FALSE(decode_windows(Bytes(kWindowBytes).first(size)));
  Octets bytes = kWindowBytes;
  bytes.push_back(0);
  CHECK_FALSE(decode_windows(bytes));
  bytes.pop_back();
  bytes[0] = 2;
  CHECK_FALSE(decode_windows(bytes));
}

TEST_CASE("windows: no flipped bit does harm, and more replies than probes are refused") {
  for (std::size_t bit = 0; bit < kWindowBytes.size() * 8; ++bit) {
    Octets bytes = kWindowBytes;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    const auto windows = decode_windows(bytes);
    for (const SavedWindow& window : windows.value_or(std::vector<SavedWindow>())) {
      for (const ReplyCount& bucket : window.buckets) CHECK(bucket.replies <= bucket.probes);
    }
  }
}

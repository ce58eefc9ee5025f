#include "daemon/storage/saved_module.h"

#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

using Octets = std::vector<std::uint8_t>;

SavedModule sample() {
  SavedModule module;
  module.windows = {{60s, WallTime(1s), {{3, 2}}}};
  module.after_loss = {{60s, WallTime(1s), {{1, 0}}}};
  module.lost_before = true;
  module.availability = {{200, 60s, WallTime(60s), {7, 5}, {9, 4}}};
  return module;
}

const Octets kBytes{
    2,                                                                    // version
    0, 0, 0,   21, 1, 1,    0,    0,    0,    0x0d, 0xf8, 0x47, 0x58, 0,  // windows: one, of 60 s
    0, 0, 0,   0,  0, 0x0f, 0x42, 0x40, 1,    3,    2,                    // from 1 s on
    0, 0, 0,   21, 1, 1,    0,    0,    0,    0x0d, 0xf8, 0x47, 0x58, 0,  // after a loss
    0, 0, 0,   0,  0, 0x0f, 0x42, 0x40, 1,    1,    0,                    //
    1,                                                                    // the newest was lost
    1, 0, 200, 0,  0, 0,    0x0d, 0xf8, 0x47, 0x58, 0,    0,    0,    0, 0, 0x03, 0x93, 0x87, 0x00,  // a rule; 60 s
    0, 0, 0,   7,  0, 0,    0,    5,    0,    0,    0,    0,    0,    0, 0, 9,    0,    0,    0,
    0, 0, 0,   0,  4,  // counts
};

}  // namespace

TEST_CASE("a module: golden bytes both ways") {
  CHECK(encode_module(sample()) == kBytes);
  const auto read = decode_module(kBytes);
  REQUIRE(read);
  CHECK(encode_module(*read) == kBytes);
  CHECK(read->windows.at(0).buckets.at(0).replies == 2);
  CHECK(read->after_loss.at(0).buckets.at(0).probes == 1);
  CHECK(read->lost_before);
  CHECK(read->availability.at(0).begin == WallTime(60s));
  CHECK(read->availability.at(0).count.unavailable == 4);
}

TEST_CASE("a module: what was written before there was more than windows is read as windows") {
  const auto read = decode_module(encode_windows(sample().windows));
  REQUIRE(read);
  CHECK(read->windows.at(0).length == 60s);
  CHECK(read->after_loss.empty());
  CHECK(read->availability.empty());
}

TEST_CASE("a module: bytes that are cut short, too long or of another version are refused") {
  for (std::size_t size = 0; size < kBytes.size(); ++size) CHECK_FALSE(decode_module(Bytes(kBytes).first(size)));
  Octets bytes = kBytes;
  bytes.push_back(0);
  CHECK_FALSE(decode_module(bytes));
  bytes.pop_back();
  bytes[0] = 3;
  CHECK_FALSE(decode_module(bytes));
}

TEST_CASE("a module: no flipped bit does harm, and counts that cannot be are refused") {
  for (std::size_t bit = 0; bit < kBytes.size() * 8; ++bit) {
    Octets bytes = kBytes;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    const auto module = decode_module(bytes);
    if (!module) continue;
    for (const SavedAvailability& saved : module->availability) {
      CHECK(saved.outcomes.replies <= saved.outcomes.probes);
      CHECK(saved.count.unavailable <= saved.count.intervals);
    }
  }
}

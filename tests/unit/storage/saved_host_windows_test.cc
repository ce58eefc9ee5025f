#include "daemon/storage/saved_host_windows.h"

#include "tests/support/catch.h"
#include "tests/unit/storage/directory.h"

using namespace storage_test;

namespace {

using Octets = std::vector<std::uint8_t>;

const SavedHostWindows kHost{-2, Address::v4(0xc0000201), 5, {{60s, WallTime(1s), {{3, 2}, {200, 129}}}}};
const Octets kBytes{
    1,    0,    0,    0,    1,                       // version, hosts
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,  // module
    0,    0,    0,    0,    0,    0,    0,    0,     // address
    0,    0,    0xff, 0xff, 192,  0,    2,    1,     //
    0,    0,    0,    0,    0,    0,    0,    5,     // name
    0,    0,    0,    25,                            // length
    1,    1,                                         // version, windows
    0,    0,    0,    0x0d, 0xf8, 0x47, 0x58, 0x00,  // 60 s
    0,    0,    0,    0,    0,    0x0f, 0x42, 0x40,  // 1 s
    2,    3,    2,    0xc8, 0x01, 0x81, 0x01,        // buckets
};

}  // namespace

TEST_CASE("windows of hosts: golden bytes both ways") {
  HostWindowsEncoder encoder;
  CHECK(encoder.empty());
  encoder.add(kHost);
  CHECK_FALSE(encoder.empty());
  CHECK(encoder.take() == kBytes);
  CHECK(encoder.empty());
  const auto read = decode_host_windows(kBytes);
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  CHECK(read->at(0).module == -2);
  CHECK(read->at(0).address == Address::v4(0xc0000201));
  CHECK(read->at(0).name == 5);
  REQUIRE(read->at(0).windows.size() == 1);
  CHECK(read->at(0).windows[0].buckets.at(1).replies == 129);
}

TEST_CASE("windows of hosts: bytes that are cut short, too long or of another version are refused") {
  for (std::size_t size = 0; size < kBytes.size(); ++size) CHECK_FALSE(decode_host_windows(Bytes(kBytes).first(size)));
  Octets bytes = kBytes;
  bytes.push_back(0);
  CHECK_FALSE(decode_host_windows(bytes));
  bytes.pop_back();
  bytes[0] = 2;
  CHECK_FALSE(decode_host_windows(bytes));
  bytes[0] = 1;
  bytes[1] = 0xff;
  CHECK_FALSE(decode_host_windows(bytes));
}

TEST_CASE("windows of hosts: no flipped bit does harm") {
  for (std::size_t bit = 0; bit < kBytes.size() * 8; ++bit) {
    Octets bytes = kBytes;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    const auto hosts = decode_host_windows(bytes);
    if (hosts) CHECK(hosts->size() == 1);
  }
}

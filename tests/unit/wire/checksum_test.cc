#include "probes/wire/checksum.h"

#include "tests/support/catch.h"
#include "tests/unit/wire/packets.h"

namespace blipd {
namespace {

using test::from_hex;
using test::Packet;

TEST_CASE("the checksum of RFC 1071's example") {
  const Packet words = from_hex("0001 f203 f4f5 f6f7");
  CHECK(checksum_sum(words) == 0x2ddf0);
  CHECK(checksum(words) == 0x220d);
}

TEST_CASE("an odd last byte counts as if a zero followed") {
  CHECK(checksum(from_hex("0102 03")) == checksum(from_hex("0102 0300")));
  CHECK(checksum(Packet{}) == 0xffff);
}

TEST_CASE("carries are folded until none is left") {
  CHECK(checksum_of(0) == 0xffff);
  CHECK(checksum_of(0xffff) == 0);
  CHECK(checksum_of(0x1fffe) == 0);
  CHECK(checksum_of(0xffffffffffffffff) == 0);
  CHECK(checksum_of(0x1ffff) == 0xfffe);
}

TEST_CASE("sums of parts add up to the sum of the whole") {
  const Packet whole = from_hex("08001234 5678 9abc def0 ffff ff");
  for (std::size_t even = 0; even <= whole.size(); even += 2) {
    const Bytes bytes(whole);
    CHECK(checksum_of(checksum_sum(bytes.first(even)) + checksum_sum(bytes.subspan(even))) == checksum(whole));
  }
}

TEST_CASE("bytes that hold their own checksum sum to zero, and any flipped bit shows") {
  Packet packet = from_hex("08000000 1235 3210 0000000100000020");
  put_number(packet, 2, checksum(packet), 2);
  CHECK(checksum(packet) == 0);
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    Packet broken = packet;
    broken[bit / 8] = static_cast<std::uint8_t>(broken[bit / 8] ^ (1U << (bit % 8)));
    CHECK(checksum(broken) != 0);
  }
}

}  // namespace
}  // namespace blipd

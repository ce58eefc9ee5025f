#include "probes/reply_signature.h"

#include "tests/support/catch.h"

namespace blipd {
namespace {

TEST_CASE("the signature is SipHash-2-4 over number, slot and identifier in network order") {
  ReplySignature::Key key{};
  for (std::uint8_t i = 0; i < 16; ++i) key[i] = i;
  // The reference implementation's vector for the 14 bytes 00 01 .. 0d.
  CHECK(ReplySignature(key).sign({0x00010203, 0x04050607}, 0x08090a0b, 0x0c0d) == 0xeef27a8e90ca23f7);
  CHECK(sequence_of(0xeef27a8e90ca23f7) == 0x23f7);
}

TEST_CASE("everything a probe carries is under the signature, and so is the key") {
  const ReplySignature signature(ReplySignature::Key{1});
  const std::uint64_t mac = signature.sign({1, 2}, 3, 4);
  CHECK(mac == signature.sign({1, 2}, 3, 4));
  CHECK(mac != signature.sign({2, 2}, 3, 4));
  CHECK(mac != signature.sign({1, 3}, 3, 4));
  CHECK(mac != signature.sign({1, 2}, 4, 4));
  CHECK(mac != signature.sign({1, 2}, 3, 5));
  CHECK(mac != ReplySignature(ReplySignature::Key{2}).sign({1, 2}, 3, 4));
}

TEST_CASE("two processes have two keys") {
  CHECK(ReplySignature::with_random_key().sign({1, 2}, 3, 4) != ReplySignature::with_random_key().sign({1, 2}, 3, 4));
}

}  // namespace
}  // namespace blipd

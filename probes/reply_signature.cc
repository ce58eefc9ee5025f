#include "probes/reply_signature.h"

#include <sodium.h>

namespace blipd {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);

ReplySignature ReplySignature::with_random_key() {
  Key key;
  ::randombytes_buf(key.data(), key.size());
  return ReplySignature(key);
}

std::uint64_t ReplySignature::hash(Bytes text) const {
  std::array<std::uint8_t, crypto_shorthash_BYTES> hash;
  ::crypto_shorthash(hash.data(), text.data(), text.size(), key_.data());
  return ByteReader(hash).u64();
}

std::uint64_t ReplySignature::sign(TargetNumber number, FlightSlot slot, std::uint16_t identifier) const {
  std::array<std::uint8_t, 14> text;
  put_number(text, 0, number.block, 4);
  put_number(text, 4, number.place, 4);
  put_number(text, 8, slot, 4);
  put_number(text, 12, identifier, 2);
  return hash(text);
}

}  // namespace blipd

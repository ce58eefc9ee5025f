// Big-endian reads and writes of packet bytes. A ByteReader never reads past its end: the first short read makes it
// fail for good, every later read yields zero, and the caller asks `ok` once at the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace blipd {

using Bytes = std::span<const std::uint8_t>;

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  void skip(std::size_t count) { take(count); }
  /// The next `count` bytes, or none if there are fewer.
  Bytes take(std::size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const Bytes taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  Bytes rest() const { return bytes_; }
  /// False once a read asked for more than there was.
  bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(count)) value = value << 8 | byte;
    return value;
  }

  Bytes bytes_;
  bool ok_ = true;
};

/// Writes the low `count` bytes of `value` at `out[offset]`; the caller has made sure of the room.
inline void put_number(std::span<std::uint8_t> out, std::size_t offset, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    out[offset + i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
  }
}

}  // namespace blipd

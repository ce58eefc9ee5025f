// Addresses and prefixes of the lab. They are the lab's own, so that a fault in blipd's cannot hide itself.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace blipd::lab {

/// One address; IPv4 uses the first four bytes. Ordered by family, then by bytes.
struct Ip {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};

  /// Dotted quad or RFC 4291 text; nullopt if it is neither.
  static std::optional<Ip> parse(const std::string& text);
  std::string to_string() const;
  /// 4 or 16.
  std::size_t size() const { return v6 ? 16 : 4; }

  friend auto operator<=>(const Ip&, const Ip&) = default;
};

/// A prefix whose host bits are zero.
struct IpPrefix {
  Ip first;
  unsigned length = 0;

  /// "198.18.1.0/28"; a bare address is a prefix of one. Refuses host bits that are set.
  static std::optional<IpPrefix> parse(const std::string& text);
  /// The highest address.
  Ip last() const;
  bool contains(const Ip& address) const;
  /// How far `address`, which it contains, lies above the first; the low 64 bits of it.
  std::uint64_t offset_of(const Ip& address) const;
  /// Number of addresses, at most 2^63.
  std::uint64_t count() const;
};

}  // namespace blipd::lab

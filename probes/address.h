// IP addresses and prefixes as plain 16-byte values. IPv4 is held in its IPv4-mapped form (RFC 4291 section 2.5.5.2),
// so that one array of targets can hold both families and a comparison is a memcmp.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blipd {

/// One IPv4 or IPv6 address. Ordered as its 16 bytes, so IPv4 addresses sort together and in numeric order.
class Address {
 public:
  /// The unspecified IPv6 address `::`.
  constexpr Address() = default;
  explicit constexpr Address(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  /// `value` in host byte order: 0x7f000001 is 127.0.0.1.
  static Address v4(std::uint32_t value);
  /// Dotted quad or RFC 4291 text, nothing else: no port, no zone, no leading zeros ("010.0.0.1" is refused).
  static std::optional<Address> parse(std::string_view text);

  bool is_v4() const;
  /// Host byte order; meaningful only if `is_v4()`.
  std::uint32_t v4_value() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// Canonical text (RFC 5952 for IPv6).
  std::string to_string() const;
  /// The address `steps` above this one, carrying through all 16 bytes.
  Address plus(std::uint64_t steps) const;

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A CIDR prefix whose host bits are zero.
class Prefix {
 public:
  Prefix() = default;
  /// "192.0.2.0/24" or "2001:db8::/32". Refuses host bits that are set, and lengths out of range. A bare address is not
  /// a prefix.
  static std::optional<Prefix> parse(std::string_view text);
  /// The prefix of `length` bits (0-32 for IPv4, 0-128 for IPv6) that holds `address`.
  static Prefix around(const Address& address, unsigned length);

  const Address& first() const { return first_; }
  /// Length as written: 0-32 for IPv4, 0-128 for IPv6.
  unsigned length() const { return length_; }
  bool contains(const Address& address) const;
  /// log2 of the number of addresses: 8 for a /24.
  unsigned host_bits() const { return (first_.is_v4() ? 32 : 128) - length_; }
  std::string to_string() const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  Address first_;
  unsigned length_ = 0;
};

}  // namespace blipd

#include "probes/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace blipd {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedStart{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// A decimal number of at most `most` at the start of `text`, without leading zeros; removes it from `text`.
std::optional<unsigned> take_number(std::string_view& text, unsigned most) {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + static_cast<unsigned>(text[digits] - '0');
    if (value > most || (digits > 0 && text[0] == '0')) return std::nullopt;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const std::optional<unsigned> number = take_number(text, 255);
    if (!number) return std::nullopt;
    value = value << 8 | *number;
  }
  return text.empty() ? std::optional(value) : std::nullopt;
}

/// RFC 5952: lower case, no leading zeros, the first longest run of at least two zero groups as "::". inet_ntop is not
/// used because it writes the obsolete dotted form for ::/96.
std::string format_v6(const std::array<std::uint8_t, 16>& bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i]) << 8 | bytes[2 * i + 1];
  std::size_t run_start = 8;
  std::size_t run_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > run_length) {
      run_start = i;
      run_length = end - i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == run_start) {
      text += "::";
      i += run_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 8> group{};
    std::snprintf(group.data(), group.size(), "%x", groups[i]);
    text += group.data();
  }
  return text;
}

/// `bytes` with everything behind the first `bits` bits cleared.
std::array<std::uint8_t, 16> masked(std::array<std::uint8_t, 16> bytes, unsigned bits) {
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned kept = bits > 8 * i ? std::min(bits - 8 * i, 8U) : 0;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> kept));
  }
  return bytes;
}

}  // namespace

Address Address::v4(std::uint32_t value) {
  Address address;
  std::copy(kMappedStart.begin(), kMappedStart.end(), address.bytes_.begin());
  for (std::size_t i = 0; i < 4; ++i) address.bytes_[12 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const std::optional<std::uint32_t> value = parse_v4(text);
    return value ? std::optional(v4(*value)) : std::nullopt;
  }
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  Address address;
  if (::inet_pton(AF_INET6, terminated.data(), address.bytes_.data()) != 1) return std::nullopt;
  return address;
}

bool Address::is_v4() const { return std::memcmp(bytes_.data(), kMappedStart.data(), kMappedStart.size()) == 0; }

std::uint32_t Address::v4_value() const {
  std::uint32_t value = 0;
  for (std::size_t i = 12; i < 16; ++i) value = value << 8 | bytes_[i];
  return value;
}

std::string Address::to_string() const {
  if (!is_v4()) return format_v6(bytes_);
  std::array<char, INET_ADDRSTRLEN> text{};
  std::snprintf(text.data(), text.size(), "%u.%u.%u.%u", unsigned{bytes_[12]}, unsigned{bytes_[13]},
                unsigned{bytes_[14]}, unsigned{bytes_[15]});
  return text.data();
}

Address Address::plus(std::uint64_t steps) const {
  Address sum = *this;
  std::uint64_t carry = steps;
  for (std::size_t i = 16; i-- > 0 && carry != 0;) {
    const std::uint64_t low = (carry & 0xff) + sum.bytes_[i];
    sum.bytes_[i] = static_cast<std::uint8_t>(low);
    carry = (carry >> 8) + (low >> 8);
  }
  return sum;
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<Address> address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  std::string_view rest = text.substr(slash + 1);
  const std::optional<unsigned> length = take_number(rest, address->is_v4() ? 32 : 128);
  if (!length || !rest.empty()) return std::nullopt;
  const Prefix prefix = around(*address, *length);
  return prefix.first_ == *address ? std::optional(prefix) : std::nullopt;
}

Prefix Prefix::around(const Address& address, unsigned length) {
  Prefix prefix;
  prefix.length_ = std::min(length, address.is_v4() ? 32U : 128U);
  prefix.first_ = Address(masked(address.bytes(), address.is_v4() ? 96 + prefix.length_ : prefix.length_));
  return prefix;
}

bool Prefix::contains(const Address& address) const {
  return address.is_v4() == first_.is_v4() && around(address, length_).first_ == first_;
}

std::string Prefix::to_string() const { return first_.to_string() + "/" + std::to_string(length_); }

}  // namespace blipd

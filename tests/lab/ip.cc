#include "tests/lab/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace blipd::lab {

std::optional<Ip> Ip::parse(const std::string& text) {
  Ip ip;
  if (inet_pton(AF_INET, text.c_str(), ip.bytes.data()) == 1) return ip;
  ip.v6 = true;
  if (inet_pton(AF_INET6, text.c_str(), ip.bytes.data()) == 1) return ip;
  return std::nullopt;
}

std::string Ip::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), static_cast<socklen_t>(text.size()));
  return text.data();
}

std::optional<IpPrefix> IpPrefix::parse(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto address = Ip::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto bits = static_cast<unsigned>(address->size() * 8);
  unsigned length = bits;
  if (slash != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
    if (error != std::errc() || stop != end || length > bits) return std::nullopt;
  }
  const IpPrefix prefix{*address, length};
  for (unsigned bit = length; bit < bits; ++bit) {
    if ((address->bytes[bit / 8] & (0x80U >> (bit % 8))) != 0) return std::nullopt;
  }
  return prefix;
}

Ip IpPrefix::last() const {
  Ip ip = first;
  for (unsigned bit = length; bit < ip.size() * 8; ++bit) {
    ip.bytes[bit / 8] = static_cast<std::uint8_t>(ip.bytes[bit / 8] | (0x80U >> (bit % 8)));
  }
  return ip;
}

bool IpPrefix::contains(const Ip& address) const {
  return address.v6 == first.v6 && first <= address && address <= last();
}

std::uint64_t IpPrefix::offset_of(const Ip& address) const {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  const std::size_t size = address.size();
  for (std::size_t i = size - std::min<std::size_t>(size, 8); i < size; ++i) {
    high = (high << 8) | address.bytes[i];
    low = (low << 8) | first.bytes[i];
  }
  return high - low;
}

std::uint64_t IpPrefix::count() const {
  const auto host_bits = static_cast<unsigned>(first.size() * 8) - length;
  return std::uint64_t{1} << std::min(host_bits, 63U);
}

}  // namespace blipd::lab

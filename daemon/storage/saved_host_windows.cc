#include "daemon/storage/saved_host_windows.h"

#include <algorithm>
#include <array>
#include <utility>

namespace blipd {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLeastHost = 8 + 16 + 8 + 4 + 2;

void append(std::vector<std::uint8_t>& out, std::uint64_t value, std::size_t count) {
  out.resize(out.size() + count);
  put_number(out, out.size() - count, value, count);
}

}  // namespace

HostWindowsEncoder::HostWindowsEncoder() : bytes_{kVersion, 0, 0, 0, 0} {}

void HostWindowsEncoder::add(const SavedHostWindows& host) {
  put_number(bytes_, 1, ++hosts_, 4);
  append(bytes_, static_cast<std::uint64_t>(host.module), 8);
  bytes_.insert(bytes_.end(), host.address.bytes().begin(), host.address.bytes().end());
  append(bytes_, static_cast<std::uint64_t>(host.name), 8);
  const std::vector<std::uint8_t> windows = encode_windows(host.windows);
  append(bytes_, windows.size(), 4);
  bytes_.insert(bytes_.end(), windows.begin(), windows.end());
}

std::vector<std::uint8_t> HostWindowsEncoder::take() {
  hosts_ = 0;
  return std::exchange(bytes_, {});
}

std::optional<std::vector<SavedHostWindows>> decode_host_windows(Bytes bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kVersion) return std::nullopt;
  const std::size_t count = reader.u32();
  if (!reader.ok() || count > reader.rest().size() / kLeastHost) return std::nullopt;
  std::vector<SavedHostWindows> hosts;
  hosts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    SavedHostWindows host;
    host.module = static_cast<std::int64_t>(reader.u64());
    std::array<std::uint8_t, 16> address{};
    const Bytes octets = reader.take(address.size());
    std::copy(octets.begin(), octets.end(), address.begin());
    host.address = Address(address);
    host.name = static_cast<std::int64_t>(reader.u64());
    const std::size_t size = reader.u32();
    if (!reader.ok() || size > reader.rest().size()) return std::nullopt;
    std::optional<std::vector<SavedWindow>> windows = decode_windows(reader.take(size));
    if (!windows) return std::nullopt;
    host.windows = std::move(*windows);
    hosts.push_back(std::move(host));
  }
  if (!reader.ok() || !reader.rest().empty()) return std::nullopt;
  return hosts;
}

}  // namespace blipd

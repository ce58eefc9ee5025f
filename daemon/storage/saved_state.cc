#include "daemon/storage/saved_state.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include "daemon/storage/wall_microseconds.h"

namespace blipd {
namespace {

constexpr std::uint8_t kWindowsVersion = 1;
constexpr std::uint8_t kHostsVersion = 1;
constexpr std::size_t kRecordSize = 16 + 8 + 1 + 1;
/// Of any window that can be configured (daemon/config).
constexpr std::int64_t kShortestWindow = Duration(std::chrono::seconds(10)).count();
constexpr std::int64_t kLongestWindow = Duration(std::chrono::hours(24)).count();

void append(std::vector<std::uint8_t>& out, std::uint64_t value, std::size_t count) {
  out.resize(out.size() + count);
  put_number(out, out.size() - count, value, count);
}

void append_short(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

/// Nullopt if the number ends too late or does not fit into a bucket's counts.
std::optional<std::uint64_t> read_short(ByteReader& reader) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const std::uint8_t byte = reader.u8();
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80U) == 0) {
      if (!reader.ok() || value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
      return value;
    }
  }
  return std::nullopt;
}

std::optional<SavedWindow> read_window(ByteReader& reader) {
  SavedWindow window;
  const auto length = static_cast<std::int64_t>(reader.u64());
  const std::optional<WallTime> first = from_microseconds(static_cast<std::int64_t>(reader.u64()));
  const std::size_t buckets = reader.u8();
  if (!reader.ok() || length < kShortestWindow || length > kLongestWindow || buckets > Window::kBuckets)
    return std::nullopt;
  if (!first) return std::nullopt;
  window.length = Duration(length);
  window.first = *first;
  for (std::size_t i = 0; i < buckets; ++i) {
    const std::optional<std::uint64_t> probes = read_short(reader);
    const std::optional<std::uint64_t> replies = read_short(reader);
    if (!probes || !replies || *replies > *probes) return std::nullopt;
    window.buckets.push_back({*probes, *replies});
  }
  return window;
}

std::optional<SavedHost> read_record(ByteReader record) {
  SavedHost host;
  std::array<std::uint8_t, 16> address{};
  const Bytes bytes = record.take(address.size());
  std::copy(bytes.begin(), bytes.end(), address.begin());
  host.address = Address(address);
  host.outcomes = record.u64();
  host.outcomes_known = record.u8();
  host.failure_run = record.u8();
  if (!record.ok() || host.outcomes_known > 64) return std::nullopt;
  return host;
}

}  // namespace

std::vector<std::uint8_t> encode_windows(const std::vector<SavedWindow>& windows) {
  std::vector<std::uint8_t> out{kWindowsVersion, static_cast<std::uint8_t>(windows.size())};
  for (const SavedWindow& window : windows) {
    append(out, static_cast<std::uint64_t>(window.length.count()), 8);
    append(out, static_cast<std::uint64_t>(to_microseconds(window.first)), 8);
    append(out, window.buckets.size(), 1);
    for (const ReplyCount& bucket : window.buckets) {
      append_short(out, bucket.probes);
      append_short(out, bucket.replies);
    }
  }
  return out;
}

std::optional<std::vector<SavedWindow>> decode_windows(Bytes bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kWindowsVersion) return std::nullopt;
  const std::size_t count = reader.u8();
  std::vector<SavedWindow> windows;
  for (std::size_t i = 0; i < count; ++i) {
    std::optional<SavedWindow> window = read_window(reader);
    if (!window) return std::nullopt;
    windows.push_back(std::move(*window));
  }
  if (!reader.ok() || !reader.rest().empty()) return std::nullopt;
  return windows;
}

std::vector<std::uint8_t> encode_hosts(const std::vector<SavedModuleHosts>& modules) {
  std::vector<std::uint8_t> out{kHostsVersion};
  append(out, modules.size(), 2);
  for (const SavedModuleHosts& module : modules) {
    append(out, static_cast<std::uint64_t>(module.module), 8);
    append(out, kRecordSize, 2);
    append(out, module.hosts.size(), 4);
    out.reserve(out.size() + module.hosts.size() * kRecordSize);
    for (const SavedHost& host : module.hosts) {
      out.insert(out.end(), host.address.bytes().begin(), host.address.bytes().end());
      append(out, host.outcomes, 8);
      append(out, host.outcomes_known, 1);
      append(out, host.failure_run, 1);
    }
  }
  return out;
}

std::optional<std::vector<SavedModuleHosts>> decode_hosts(Bytes bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kHostsVersion) return std::nullopt;
  const std::size_t count = reader.u16();
  std::vector<SavedModuleHosts> modules;
  for (std::size_t i = 0; i < count; ++i) {
    SavedModuleHosts module;
    module.module = static_cast<std::int64_t>(reader.u64());
    const std::size_t record_size = reader.u16();
    const std::size_t records = reader.u32();
    if (!reader.ok() || record_size < kRecordSize || records > reader.rest().size() / record_size) return std::nullopt;
    module.hosts.reserve(records);
    for (std::size_t r = 0; r < records; ++r) {
      const std::optional<SavedHost> host = read_record(ByteReader(reader.take(record_size)));
      if (!host) return std::nullopt;
      module.hosts.push_back(*host);
    }
    modules.push_back(std::move(module));
  }
  if (!reader.ok() || !reader.rest().empty()) return std::nullopt;
  return modules;
}

}  // namespace blipd

#include "daemon/storage/saved_state.h"

#include <chrono>
#include <limits>
#include <utility>

#include "daemon/storage/wall_microseconds.h"

namespace blipd {
namespace {

constexpr std::uint8_t kWindowsVersion = 1;
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

}  // namespace blipd

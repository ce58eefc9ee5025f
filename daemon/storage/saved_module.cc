#include "daemon/storage/saved_module.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "daemon/storage/wall_microseconds.h"

namespace blipd {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kVersionOfWindowsAlone = 1;

void append(std::vector<std::uint8_t>& out, std::uint64_t value, std::size_t count) {
  out.resize(out.size() + count);
  put_number(out, out.size() - count, value, count);
}

void append_windows(std::vector<std::uint8_t>& out, const std::vector<SavedWindow>& windows) {
  const std::vector<std::uint8_t> bytes = encode_windows(windows);
  append(out, bytes.size(), 4);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::optional<std::vector<SavedWindow>> read_windows(ByteReader& reader) {
  const std::size_t size = reader.u32();
  if (!reader.ok() || size > reader.rest().size()) return std::nullopt;
  return decode_windows(reader.take(size));
}

/// In an interval there are no more than a window's bucket holds.
std::uint64_t at_most_32_bits(std::uint64_t count) {
  return std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max());
}

std::optional<SavedAvailability> read_availability(ByteReader& reader) {
  SavedAvailability saved;
  saved.loss = reader.u16();
  saved.interval = Duration(static_cast<Duration::rep>(reader.u64()));
  const std::optional<WallTime> begin = from_microseconds(static_cast<std::int64_t>(reader.u64()));
  saved.outcomes.probes = reader.u32();
  saved.outcomes.replies = reader.u32();
  saved.count.intervals = reader.u64();
  saved.count.unavailable = reader.u64();
  if (!reader.ok() || !begin) return std::nullopt;
  saved.begin = *begin;
  const bool sound =
      saved.outcomes.replies <= saved.outcomes.probes && saved.count.unavailable <= saved.count.intervals;
  return sound ? std::optional(saved) : std::nullopt;
}

}  // namespace

std::uint16_t saved_loss(const AvailabilityRule& rule) {
  return static_cast<std::uint16_t>(std::lround(rule.loss * 1000));
}

std::vector<std::uint8_t> encode_module(const SavedModule& module) {
  std::vector<std::uint8_t> out{kVersion};
  append_windows(out, module.windows);
  append_windows(out, module.after_loss);
  append(out, module.lost_before ? 1 : 0, 1);
  append(out, module.availability.size(), 1);
  for (const SavedAvailability& saved : module.availability) {
    append(out, saved.loss, 2);
    append(out, static_cast<std::uint64_t>(saved.interval.count()), 8);
    append(out, static_cast<std::uint64_t>(to_microseconds(saved.begin)), 8);
    append(out, at_most_32_bits(saved.outcomes.probes), 4);
    append(out, at_most_32_bits(saved.outcomes.replies), 4);
    append(out, saved.count.intervals, 8);
    append(out, saved.count.unavailable, 8);
  }
  return out;
}

std::optional<SavedModule> decode_module(Bytes bytes) {
  SavedModule module;
  if (!bytes.empty() && bytes[0] == kVersionOfWindowsAlone) {
    std::optional<std::vector<SavedWindow>> windows = decode_windows(bytes);
    if (!windows) return std::nullopt;
    module.windows = std::move(*windows);
    return module;
  }
  ByteReader reader(bytes);
  if (reader.u8() != kVersion) return std::nullopt;
  std::optional<std::vector<SavedWindow>> windows = read_windows(reader);
  std::optional<std::vector<SavedWindow>> after_loss = windows ? read_windows(reader) : std::nullopt;
  if (!after_loss) return std::nullopt;
  module.windows = std::move(*windows);
  module.after_loss = std::move(*after_loss);
  module.lost_before = reader.u8() != 0;
  const std::size_t rules = reader.u8();
  for (std::size_t i = 0; i < rules; ++i) {
    const std::optional<SavedAvailability> saved = read_availability(reader);
    if (!saved) return std::nullopt;
    module.availability.push_back(*saved);
  }
  if (!reader.ok() || !reader.rest().empty()) return std::nullopt;
  return module;
}

}  // namespace blipd

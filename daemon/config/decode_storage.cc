// The section about what is kept on the disk.
#include <chrono>
#include <optional>
#include <string>

#include "daemon/config/decode.h"
#include "daemon/config/text.h"

namespace blipd {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
/// The hosts of a large configuration alone take some dozens of it.
constexpr std::uint64_t kLeastSize = 64 * kMebibyte;
constexpr std::uint64_t kMostSize = kMebibyte * kMebibyte;

}  // namespace

StorageConfig decode_storage(const OptionValue& value, DecodeContext& context) {
  StorageConfig storage;
  OptionReader reader(value, "storage", context.problems);
  if (value.kind != OptionValue::Kind::mapping) return storage;
  storage.retention =
      reader.duration("retention", storage.retention, std::chrono::hours(24), std::chrono::hours(24 * 3650));
  if (reader.has("max_size")) {
    const std::string text = reader.text("max_size", "");
    const std::optional<std::uint64_t> size = parse_size(text);
    if (!size) {
      reader.report("max_size", in_quotes(text) + " is not a size: write it like 512MiB or 2GiB");
    } else if (*size < kLeastSize || *size > kMostSize) {
      reader.report("max_size", text + (*size < kLeastSize ? " is below 64MiB" : " is above 1TiB"));
    } else {
      storage.max_size = *size;
    }
  }
  reader.finish();
  return storage;
}

}  // namespace blipd

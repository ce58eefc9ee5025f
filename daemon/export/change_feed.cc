#include "daemon/export/change_feed.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace blipd {

void ChangeFeed::add(std::string_view kind, std::string_view data) {
  std::string tail = "\nevent: ";
  tail += kind;
  tail += "\ndata: ";
  tail += data;
  tail += "\n\n";
  const std::lock_guard lock(mutex_);
  changes_.push_back("id: " + std::to_string(next_id_++) + tail);
  if (changes_.size() > kept_) changes_.pop_front();
}

ChangeFeed::Piece ChangeFeed::read(std::uint64_t at, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t first = next_id_ - changes_.size();
  const std::uint64_t newest = next_id_ - 1;
  Piece piece;
  piece.gap = at + 1 < first || at > newest;
  // From the future: the ids of a run with another clock. It is shown what there is.
  std::uint64_t next = piece.gap ? first : at + 1;
  for (; next <= newest && piece.text.size() < most; ++next) piece.text += changes_[next - first];
  piece.at = next - 1;
  return piece;
}

std::uint64_t ChangeFeed::newest() const {
  const std::lock_guard lock(mutex_);
  return next_id_ - 1;
}

std::optional<std::uint64_t> parse_change_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  // A number that no feed reaches would overflow.
  if (error != std::errc() || end != text.data() + text.size() || id >= (std::uint64_t{1} << 53)) return std::nullopt;
  return id;
}

}  // namespace blipd

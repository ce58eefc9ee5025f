// What has changed lately, in order, ready to be sent as server-sent events (WHATWG HTML, section 9.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace blipd {

/// Keeps the newest changes, so that whoever was cut off can go on where it was. Any thread.
class ChangeFeed {
 public:
  static constexpr std::size_t kKept = 8192;

  /// `first_id`: of the first change. Higher than any that a run before this has given.
  explicit ChangeFeed(std::uint64_t first_id, std::size_t kept = kKept) : next_id_(first_id), kept_(kept) {}

  /// `kind` is a word, `data` one line.
  void add(std::string_view kind, std::string_view data);

  struct Piece {
    std::string text;      ///< whole changes, empty if there is none yet
    std::uint64_t at = 0;  ///< the last change of `text`
    bool gap = false;      ///< what followed is not all here any more: the text begins with what is
  };
  /// What follows the change `at`, until there are `most` bytes or more.
  Piece read(std::uint64_t at, std::size_t most) const;
  /// The last change there is; one below the first id while there is none.
  std::uint64_t newest() const;

 private:
  mutable std::mutex mutex_;  // guards both below
  std::uint64_t next_id_;
  std::deque<std::string> changes_;  ///< the newest, the last of which has next_id_ - 1
  const std::size_t kept_;
};

/// Where a client wants to go on: its Last-Event-ID. Nullopt if the text is no id.
std::optional<std::uint64_t> parse_change_id(std::string_view text);

}  // namespace blipd

// How a module's options reach the prober that owns them, without the prober knowing YAML and without anything central
// knowing the options: the configuration hands over one mapping of keys to values with their places in the file, the
// prober asks for what it knows, and whatever nobody asked for is an error with its line and the nearest known key.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

/// A place in a configuration file, counted from 1. {0, 0}: unknown.
struct SourcePlace {
  int line = 0;
  int column = 0;
};

struct Problem {
  SourcePlace place;
  std::string message;      ///< "modules.ping.interval: 0s is below 100ms"
  std::string elsewhere{};  ///< "hosts.txt:7:1" if the problem lies in a file that `place` only names; else empty
};

/// A parsed value that knows where it stands. Mappings and sequences keep their order.
struct OptionValue {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  SourcePlace place;
  bool quoted = false;             ///< scalar written in quotes: text even where it looks like a number
  std::string text;                ///< scalar
  std::vector<OptionValue> items;  ///< sequence
  struct Entry;
  std::vector<Entry> entries;  ///< mapping
};
struct OptionValue::Entry {
  std::string key;
  SourcePlace key_place;
  OptionValue value;
};

/// Files that options name, and how they are read.
struct OptionFiles {
  std::string directory;  ///< where relative paths start: empty or with a slash at its end
  /// The error says why the file cannot be read. Empty: files are refused.
  std::function<Result<std::string>(const std::string& path)> read;
};

/// Typed, bounded reading of one mapping. Every getter names a key, which makes it known; a wrong type or range becomes
/// a Problem and the fallback is returned. `finish` reports the keys nobody named. Not thread-safe.
class OptionReader {
 public:
  /// `problems` and `files` outlive the reader. `path` is put before messages: "modules.ping".
  OptionReader(const OptionValue& mapping, std::string path, std::vector<Problem>& problems,
               const OptionFiles* files = nullptr);

  bool has(std::string_view key);
  bool boolean(std::string_view key, bool fallback);
  /// Plain decimal; 010 (octal-looking), 0x10, 1_000 and 1e3 are refused.
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most);
  double number(std::string_view key, double fallback, double least, double most);
  /// "250ms", "10s", "5m", "1h30m", "2d": whole numbers with the units d, h, m, s, ms, us, ns, largest first, each at
  /// most once. A bare number is refused because its unit is a guess.
  Duration duration(std::string_view key, Duration fallback, Duration least, Duration most);
  /// Any scalar as it is written; `code: 7` is the text "7".
  std::string text(std::string_view key, std::string_view fallback);
  std::string choice(std::string_view key, std::string_view fallback, std::initializer_list<std::string_view> allowed);
  std::vector<std::string> texts(std::string_view key);
  /// A reader of the mapping at `key`, which is to be finished as well; of an empty one if there is none.
  OptionReader nested(std::string_view key);
  /// The path of the file that `key` names, relative to the configuration's directory; empty if absent.
  std::string file_path(std::string_view key);
  /// What is in the file that `key` names, without a last end of line; nullopt if absent or after reporting why not.
  std::optional<std::string> file_text(std::string_view key);
  /// The raw value, for what the getters above do not cover; null if absent.
  const OptionValue* value(std::string_view key);
  /// Where `key` itself stands, or the mapping if it is absent.
  SourcePlace place_of(std::string_view key) const;
  /// The key as messages name it: "modules.ping.interval".
  std::string path_to(std::string_view key) const;

  /// Adds a problem of the caller's own, at `key` and with its path in front of `message`.
  void report(std::string_view key, std::string message);
  void report(SourcePlace place, std::string message);
  /// Unknown and repeated keys, 20 of them at most. Call last; calling it again does nothing.
  void finish();

 private:
  const OptionValue* find(std::string_view key);
  /// The text of a scalar, or null after reporting why there is none. `expected`: "a duration".
  const OptionValue* find_scalar(std::string_view key, std::string_view expected);
  std::string describe_unknown(std::string_view key) const;

  const OptionValue& mapping_;
  std::string path_;
  std::vector<Problem>& problems_;
  const OptionFiles* files_;
  std::vector<std::string> known_;
  bool finished_ = false;
};

/// Parses a duration as `OptionReader::duration` does; nullopt if it is none.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest exact text: 90 s is "1m30s".
std::string format_duration(Duration d);
/// Why a value of this kind was not expected: "expected a mapping, not a list".
std::string wrong_kind(std::string_view expected, OptionValue::Kind kind);
/// `text` in double quotes as messages show it: at most 64 bytes, control characters as '?'.
std::string in_quotes(std::string_view text);
/// The member of `known` nearest to `word` by edit distance, or empty if none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace blipd

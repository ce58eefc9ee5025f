#include "probes/option_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>

namespace blipd {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits without a leading zero ("0" itself is fine).
bool is_plain_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit) && (text.size() == 1 || text[0] != '0');
}

std::string_view without_sign(std::string_view text) { return text.substr(text.starts_with('-') ? 1 : 0); }

bool has_leading_zero(std::string_view text) {
  const std::string_view digits = without_sign(text);
  return digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]);
}

bool is_plain_number(std::string_view text) {
  const std::string_view digits = without_sign(text);
  const std::size_t point = digits.find('.');
  if (!is_plain_digits(digits.substr(0, point))) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view fraction = digits.substr(point + 1);
  return !fraction.empty() && std::all_of(fraction.begin(), fraction.end(), is_digit);
}

std::string shown(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}
std::string shown(std::int64_t value) { return std::to_string(value); }
std::string shown(Duration value) { return format_duration(value); }

/// Digits and units without quotes around them, but never a screenful.
std::string shown(const std::string& digits) {
  constexpr std::size_t kShown = 40;
  return digits.size() <= kShown ? digits : digits.substr(0, kShown) + "...";
}

/// "x is below y", "x is above y", or empty.
template <class T>
std::string out_of_range(const std::string& text, T value, T least, T most) {
  if (value < least) return shown(text) + " is below " + shown(least);
  if (value > most) return shown(text) + " is above " + shown(most);
  return {};
}

std::string not_decimal(const OptionValue& value, std::string_view expected) {
  if (value.quoted) return in_quotes(value.text) + " is in quotes: " + std::string(expected) + " is written without";
  if (has_leading_zero(value.text)) return shown(value.text) + " has a leading zero: write it without";
  return in_quotes(value.text) + " is not " + std::string(expected);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Levenshtein's distance, in which swapped neighbours count one and case counts nothing.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    std::int64_t count = 0;
    if (!is_plain_digits(text.substr(0, digits)) ||
        std::from_chars(text.data(), text.data() + digits, count).ec != std::errc{}) {
      return std::nullopt;
    }
    text.remove_prefix(digits);
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(count, kUnits[next_unit].nanoseconds, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return std::nullopt;
    }
    ++next_unit;
  }
  return Duration(total);
}

std::string format_duration(Duration d) {
  if (d == Duration::zero()) return "0s";
  const bool negative = d < Duration::zero();
  // Unsigned, because the lowest duration has no positive counterpart.
  auto left = static_cast<std::uint64_t>(d.count());
  if (negative) left = 0 - left;
  std::string text = negative ? "-" : "";
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.nanoseconds);
    if (left >= size) text += std::to_string(left / size) + std::string(unit.name);
    left %= size;
  }
  return text;
}

std::string wrong_kind(std::string_view expected, OptionValue::Kind kind) {
  static constexpr std::array<std::string_view, 4> kNames{"", "a single value", "a list", "a mapping"};
  if (kind == OptionValue::Kind::null) return "has no value, expected " + std::string(expected);
  return "expected " + std::string(expected) + ", not " + std::string(kNames[static_cast<std::size_t>(kind)]);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out = "\"";
  // Never half a UTF-8 character.
  std::size_t length = std::min(text.size(), kShown);
  while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  for (const char c : text.substr(0, length)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  if (length < text.size()) out += "...";
  return out + "\"";
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;
  const std::string* best = nullptr;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  if (word.size() > kLongest) return {};
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = edit_distance(word, candidate);
    const std::size_t near = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    if (distance <= near && distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? std::string() : *best;
}

OptionReader::OptionReader(const OptionValue& mapping, std::string path, std::vector<Problem>& problems,
                           const OptionFiles* files)
    : mapping_(mapping), path_(std::move(path)), problems_(problems), files_(files) {
  if (mapping_.kind != OptionValue::Kind::mapping) {
    problems_.push_back({mapping_.place, (path_.empty() ? "" : path_ + ": ") + wrong_kind("a mapping", mapping_.kind)});
  }
}

const OptionValue* OptionReader::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  for (const OptionValue::Entry& entry : mapping_.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

const OptionValue* OptionReader::find_scalar(std::string_view key, std::string_view expected) {
  const OptionValue* found = find(key);
  if (found == nullptr || found->kind == OptionValue::Kind::scalar) return found;
  report(key, wrong_kind(expected, found->kind));
  return nullptr;
}

bool OptionReader::has(std::string_view key) { return find(key) != nullptr; }

bool OptionReader::boolean(std::string_view key, bool fallback) {
  const OptionValue* found = find_scalar(key, "true or false");
  if (found == nullptr) return fallback;
  if (!found->quoted && found->text == "true") return true;
  if (!found->quoted && found->text == "false") return false;
  report(key,
         in_quotes(found->text) + " is neither true nor false" + (found->quoted ? ": write it without quotes" : ""));
  return fallback;
}

std::int64_t OptionReader::integer(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  constexpr std::string_view kExpected = "a whole number";
  const OptionValue* found = find_scalar(key, kExpected);
  if (found == nullptr) return fallback;
  const std::string& text = found->text;
  if (found->quoted || !is_plain_digits(without_sign(text))) {
    report(key, not_decimal(*found, kExpected));
    return fallback;
  }
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
    value = text.starts_with('-') ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  }
  const std::string problem = out_of_range(text, value, least, most);
  if (problem.empty()) return value;
  report(key, problem);
  return fallback;
}

double OptionReader::number(std::string_view key, double fallback, double least, double most) {
  constexpr std::string_view kExpected = "a decimal number";
  const OptionValue* found = find_scalar(key, kExpected);
  if (found == nullptr) return fallback;
  const std::string& text = found->text;
  if (found->quoted || !is_plain_number(text)) {
    report(key, not_decimal(*found, kExpected));
    return fallback;
  }
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
    report(key, shown(text) + " cannot be held as a number");
    return fallback;
  }
  const std::string problem = out_of_range(text, value, least, most);
  if (problem.empty()) return value;
  report(key, problem);
  return fallback;
}

Duration OptionReader::duration(std::string_view key, Duration fallback, Duration least, Duration most) {
  const OptionValue* found = find_scalar(key, "a duration");
  if (found == nullptr) return fallback;
  const std::optional<Duration> value = parse_duration(found->text);
  if (!value) {
    const bool bare = !found->text.empty() && std::all_of(found->text.begin(), found->text.end(), is_digit);
    report(key,
           in_quotes(found->text) + " is not a duration: " +
               (bare ? "give its unit, as in " + in_quotes(found->text + "s") : "write it like 250ms, 10s or 1h30m"));
    return fallback;
  }
  const std::string problem = out_of_range(found->text, *value, least, most);
  if (problem.empty()) return *value;
  report(key, problem);
  return fallback;
}

std::string OptionReader::text(std::string_view key, std::string_view fallback) {
  const OptionValue* found = find_scalar(key, "text");
  return found == nullptr ? std::string(fallback) : found->text;
}

std::string OptionReader::choice(std::string_view key, std::string_view fallback,
                                 std::initializer_list<std::string_view> allowed) {
  const OptionValue* found = find_scalar(key, "a word");
  if (found == nullptr) return std::string(fallback);
  if (std::find(allowed.begin(), allowed.end(), found->text) != allowed.end()) return found->text;
  std::string list;
  for (const std::string_view word : allowed) list += (list.empty() ? "" : ", ") + std::string(word);
  report(key, in_quotes(found->text) + " is not one of: " + list);
  return std::string(fallback);
}

std::vector<std::string> OptionReader::texts(std::string_view key) {
  std::vector<std::string> texts;
  const OptionValue* found = find(key);
  if (found == nullptr) return texts;
  if (found->kind != OptionValue::Kind::sequence) {
    report(key, wrong_kind("a list", found->kind));
    return texts;
  }
  for (const OptionValue& item : found->items) {
    if (item.kind == OptionValue::Kind::scalar) {
      texts.push_back(item.text);
    } else {
      report(item.place, path_to(key) + ": " + wrong_kind("text", item.kind));
    }
  }
  return texts;
}

OptionReader OptionReader::nested(std::string_view key) {
  static const OptionValue kEmpty = [] {
    OptionValue empty;
    empty.kind = OptionValue::Kind::mapping;
    return empty;
  }();
  const OptionValue* found = find(key);
  return OptionReader(found == nullptr ? kEmpty : *found, path_to(key), problems_, files_);
}

std::string OptionReader::file_path(std::string_view key) {
  const OptionValue* found = find_scalar(key, "a path");
  if (found == nullptr) return {};
  if (found->text.empty()) {
    report(key, "the path is empty");
    return {};
  }
  return found->text.front() == '/' || files_ == nullptr ? found->text : files_->directory + found->text;
}

std::optional<std::string> OptionReader::file_text(std::string_view key) {
  const std::string path = file_path(key);
  if (path.empty()) return std::nullopt;
  if (files_ == nullptr || !files_->read) {
    report(key, in_quotes(path) + " cannot be read here");
    return std::nullopt;
  }
  Result<std::string> text = files_->read(path);
  if (!text) {
    report(key, text.error().message);
    return std::nullopt;
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return std::move(*text);
}

const OptionValue* OptionReader::value(std::string_view key) { return find(key); }

SourcePlace OptionReader::place_of(std::string_view key) const {
  for (const OptionValue::Entry& entry : mapping_.entries) {
    if (entry.key == key) return entry.key_place;
  }
  return mapping_.place;
}

std::string OptionReader::path_to(std::string_view key) const {
  return path_ + (path_.empty() ? "" : ".") + std::string(key);
}

void OptionReader::report(std::string_view key, std::string message) {
  report(place_of(key), path_to(key) + ": " + message);
}

void OptionReader::report(SourcePlace place, std::string message) { problems_.push_back({place, std::move(message)}); }

void OptionReader::finish() {
  if (finished_) return;
  finished_ = true;
  // Whoever makes more mistakes has given the wrong file, and need not wait for a suggestion for each line of it.
  constexpr int kMostReported = 20;
  int reported = 0;
  std::unordered_set<std::string_view> seen;
  const std::string where = path_.empty() ? "" : " in " + path_;
  for (const OptionValue::Entry& entry : mapping_.entries) {
    const bool repeated = !seen.insert(entry.key).second;
    const bool known = std::find(known_.begin(), known_.end(), entry.key) != known_.end();
    if (known && !repeated) continue;
    if (reported++ == kMostReported) {
      report(entry.key_place, "more unknown keys" + where);
      return;
    }
    report(entry.key_place, repeated ? "repeated key " + in_quotes(entry.key) + where : describe_unknown(entry.key));
  }
}

std::string OptionReader::describe_unknown(std::string_view key) const {
  const std::string unknown = "unknown key " + in_quotes(key) + (path_.empty() ? "" : " in " + path_);
  const std::string near = nearest_word(key, known_);
  if (!near.empty()) return unknown + " (did you mean " + in_quotes(near) + "?)";
  std::string all;
  for (const std::string& word : known_) all += (all.empty() ? "" : ", ") + word;
  return unknown + " (known: " + all + ")";
}

}  // namespace blipd

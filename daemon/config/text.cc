#include "daemon/config/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "probes/option_reader.h"

namespace blipd {
namespace {

/// Length of the well-formed UTF-8 character at the start of `text`; 0 if there is none. Table 3-7 of the Unicode
/// Standard: only the second byte has a range that depends on the first.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

bool starts_variable(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool continues_variable(char c) { return starts_variable(c) || (c >= '0' && c <= '9'); }

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<std::uint8_t>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    // C1 is U+0080 to U+009F: C2 80 to C2 9F.
    if (c == 0xC2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U; }));
}

std::string why_not_a_name(std::string_view text) {
  constexpr std::size_t kLongest = 128;
  if (text.empty()) return "a name must not be empty";
  if (find_invalid_utf8(text)) return "a name must be UTF-8";
  if (has_control_character(text)) return "a name must not hold control characters";
  const std::size_t characters = count_characters(text);
  if (characters > kLongest) return "a name of " + std::to_string(characters) + " characters is above 128";
  return {};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  const auto known = std::find(kUnits.begin(), kUnits.end(), unit);
  if (known == kUnits.end()) return std::nullopt;
  const auto shift = 10 * static_cast<unsigned>(known - kUnits.begin() + 1);
  if (number >> (63 - shift) != 0) return std::nullopt;
  return number << shift;
}

Expansion expand_environment(std::string_view text, const Environment& environment) {
  Expansion result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t dollar = std::min(text.find('$', at), text.size());
    result.text += text.substr(at, dollar - at);
    at = dollar;
    if (at == text.size()) break;
    const std::string_view rest = text.substr(at + 1);
    if (rest.starts_with('$')) {
      result.text += '$';
      at += 2;
    } else if (!rest.starts_with('{')) {
      result.text += '$';
      at += 1;
    } else {
      const std::size_t close = rest.find('}');
      const std::string name(rest.substr(1, close == std::string_view::npos ? close : close - 1));
      if (close == std::string_view::npos || name.empty() || !starts_variable(name[0]) ||
          !std::all_of(name.begin(), name.end(), continues_variable)) {
        result.problem = "${ must be followed by the name of a variable and }; a literal ${ is written $${";
        return result;
      }
      const std::optional<std::string> value = environment ? environment(name) : std::nullopt;
      if (!value) {
        result.problem = "the environment has no variable " + in_quotes(name);
        return result;
      }
      if (find_invalid_utf8(*value)) {
        result.problem = "the environment variable " + in_quotes(name) + " is not UTF-8";
        return result;
      }
      result.text += *value;
      at += close + 2;
    }
  }
  return result;
}

}  // namespace blipd

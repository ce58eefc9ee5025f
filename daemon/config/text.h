// Small checks of text that came from outside.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace blipd {

/// Offset of the first byte that does not continue well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF), or nullopt if the text is well-formed.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// True for a control character of C0, C1 or DEL, in well-formed UTF-8.
bool has_control_character(std::string_view text);

/// Characters (code points) of well-formed UTF-8.
std::size_t count_characters(std::string_view text);

/// Why `text` cannot name a network, a module or a vantage, or empty: 1 to 128 characters of UTF-8 without control
/// characters.
std::string why_not_a_name(std::string_view text);

/// Bytes from a whole number with the unit KiB, MiB, GiB or TiB: "512MiB". Nullopt if it is none, or beyond 2^63. A
/// bare number is refused because its unit is a guess.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// A variable of the environment, or nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Replaces `${NAME}` by the variable's value and `$$` by `$`; any other `$` stays as it is. Values are not expanded
/// again. The error tells what is wrong without a place.
struct Expansion {
  std::string text;
  std::string problem;  ///< empty: `text` is the result
};
Expansion expand_environment(std::string_view text, const Environment& environment);

}  // namespace blipd

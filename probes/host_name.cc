#include "probes/host_name.h"

#include <algorithm>
#include <cstddef>

#include "probes/option_reader.h"

namespace blipd {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

// Not <cctype>, which asks the locale.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_hexadecimal(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
constexpr bool may_be_in_a_name(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; }

/// What every reader of old IPv4 text takes for its last part.
bool is_number(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  return label.starts_with('0') && label.size() >= 2 && lower(label[1]) == 'x' &&
         std::all_of(label.begin() + 2, label.end(), is_hexadecimal);
}

std::string_view without_final_dot(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

/// What is wrong with one label, to follow the quoted name; empty if nothing is.
std::string why_not_a_label(std::string_view label) {
  if (label.empty()) return "has an empty label";
  if (label.size() > kLongestLabel) {
    return "has a label of " + std::to_string(label.size()) + " characters, above " + std::to_string(kLongestLabel);
  }
  if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with a hyphen";
  return {};
}

}  // namespace

std::string why_not_a_host_name(std::string_view text) {
  if (text.empty()) return "a host name is missing";
  const auto bad = std::find_if_not(text.begin(), text.end(), [](char c) { return may_be_in_a_name(c) || c == '.'; });
  if (bad != text.end()) {
    if (static_cast<unsigned char>(*bad) >= 0x80) {
      return "a host name is written in ASCII: international names in their form with \"xn--\"";
    }
    return in_quotes(text) + " is not a host name: " + in_quotes({bad, bad + 1}) +
           " is none of letters, digits, hyphen and dot";
  }
  const std::string_view name = without_final_dot(text);
  if (name.size() > kLongestName) {
    return in_quotes(text) + " is not a host name: its " + std::to_string(name.size()) + " characters are above " +
           std::to_string(kLongestName);
  }
  std::string_view label;
  for (std::size_t at = 0; at <= name.size(); at += label.size() + 1) {
    label = name.substr(at, name.find('.', at) - at);
    const std::string problem = why_not_a_label(label);
    if (!problem.empty()) return in_quotes(text) + " is not a host name: it " + problem;
  }
  if (is_number(label)) return in_quotes(text) + " is not a host name: its last label is a number";
  return {};
}

bool is_host_name(std::string_view text) { return why_not_a_host_name(text).empty(); }

std::string canonical_name(std::string_view text) {
  std::string name(without_final_dot(text));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

}  // namespace blipd

#include "daemon/config/host_list.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "daemon/config/text.h"
#include "probes/host_name.h"

namespace blipd {
namespace {

constexpr int kMostProblems = 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// The plain dotted quad, several times as fast as the general parser; whatever it does not take, that one judges.
std::optional<Address> parse_dotted_quad(std::string_view word) {
  std::uint32_t value = 0;
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (at == word.size() || word[at] != '.') return std::nullopt;
      ++at;
    }
    const std::size_t start = at;
    std::uint32_t octet = 0;
    while (at < word.size() && at - start < 4 && word[at] >= '0' && word[at] <= '9') {
      octet = octet * 10 + static_cast<std::uint32_t>(word[at] - '0');
      ++at;
    }
    const std::size_t digits = at - start;
    if (digits == 0 || digits > 3 || octet > 255 || (digits > 1 && word[start] == '0')) return std::nullopt;
    value = value << 8 | octet;
  }
  if (at != word.size()) return std::nullopt;
  return Address::v4(value);
}

/// A word of these characters alone is meant as an address.
bool looks_like_address(std::string_view word) {
  return word.find(':') != word.npos || word.find_first_not_of("0123456789.") == word.npos;
}

/// Adds the word to the list, or tells why not.
std::string take_word(std::string_view word, HostList& list) {
  std::optional<Address> address = parse_dotted_quad(word);
  if (!address) address = Address::parse(word);
  if (address) {
    list.addresses.push_back(*address);
    return {};
  }
  if (word.find('/') == std::string_view::npos) return take_name(word, list);
  if (const std::optional<Prefix> prefix = Prefix::parse(word)) {
    list.prefixes.push_back(*prefix);
    return {};
  }
  return why_not_a_prefix(word);
}

/// Reads the number after the slash; nullopt if it is none.
std::optional<unsigned> parse_length(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string shown(std::string_view word) {
  return find_invalid_utf8(word) ? std::string("text that is not UTF-8") : in_quotes(word);
}

}  // namespace

std::string why_not_an_address(std::string_view word) {
  if (word.empty()) return "an address is missing";
  if (Prefix::parse(word)) return in_quotes(word) + " is a prefix: it belongs into prefixes";
  const auto is_of = [word](std::string_view allowed) { return word.find_first_not_of(allowed) == word.npos; };
  if (word.find('/') != std::string_view::npos) return shown(word) + " is not an address";
  if (word.find(':') != std::string_view::npos) return shown(word) + " is not an IPv6 address";
  if (is_of("0123456789.")) {
    return shown(word) + " is not an IPv4 address (four numbers from 0 to 255 without leading zeros)";
  }
  if (find_invalid_utf8(word) || has_control_character(word) || word.find_first_of(" \t") != word.npos) {
    return shown(word) + " is not an address";
  }
  return shown(word) + " is not an address: names change what they stand for, so only hosts may be named";
}

std::string take_name(std::string_view word, HostList& list) {
  const bool text = !word.empty() && !find_invalid_utf8(word) && !has_control_character(word) &&
                    word.find_first_of(" \t/") == word.npos;
  if (!list.takes_names || !text || looks_like_address(word)) return why_not_an_address(word);
  if (std::string why = why_not_a_host_name(word); !why.empty()) return why;
  list.names.push_back(canonical_name(word));
  return {};
}

std::string why_not_a_prefix(std::string_view word) {
  const std::size_t slash = word.find('/');
  const std::optional<Address> address = Address::parse(word.substr(0, slash));
  if (!address) return shown(word) + " is not a prefix such as 192.0.2.0/24 or 2001:db8::/48";
  const unsigned most = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) {
    return shown(word) + " has no length: one address is " + shown(std::string(word) + "/" + std::to_string(most));
  }
  const std::optional<unsigned> length = parse_length(word.substr(slash + 1));
  if (!length || *length > most) return shown(word) + " needs a length from 0 to " + std::to_string(most);
  const Prefix around = Prefix::around(*address, *length);
  if (around.first() != *address) {
    return shown(word) + " has host bits set: the prefix is " + in_quotes(around.to_string());
  }
  return shown(word) + " is not a prefix such as 192.0.2.0/24 or 2001:db8::/48";
}

void read_host_list(std::string_view text, const std::string& name, SourcePlace place, HostList& list,
                    std::vector<Problem>& problems) {
  int found = 0;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size() && found < kMostProblems;) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    line = line.substr(0, line.find('#'));
    std::size_t start = 0;
    while (start < line.size() && is_blank(line[start])) ++start;
    while (line.size() > start && is_blank(line.back())) line.remove_suffix(1);
    if (start == line.size()) continue;
    const std::string_view word = line.substr(start);
    const std::string problem = std::any_of(word.begin(), word.end(), is_blank)
                                    ? "a line holds one address, name or prefix"
                                    : take_word(word, list);
    if (problem.empty()) continue;
    problems.push_back({place, problem, name + ":" + std::to_string(line_number) + ":" + std::to_string(start + 1)});
    ++found;
  }
}

}  // namespace blipd

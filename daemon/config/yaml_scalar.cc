#include "daemon/config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace blipd {
namespace {

/// Whether a scalar means itself without quotes, wherever it stands.
bool is_plain(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '/';
  };
  const auto is_inner = [&](char c) { return is_word(c) || c == '-' || c == '+' || c == '%' || c == ':'; };
  // A colon at the end would make a key of it.
  return !text.empty() && is_word(text.front()) && text.back() != ':' &&
         std::all_of(text.begin(), text.end(), is_inner) && text != "null" && text != "Null" && text != "NULL";
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 5> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escaped.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string yaml_scalar(std::string_view text, bool quoted) {
  return !quoted && is_plain(text) ? std::string(text) : in_quotes(text);
}

}  // namespace blipd

#include "daemon/config/yaml_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace blipd {
namespace {

using Kind = OptionValue::Kind;

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

std::string scalar_text(std::string_view text, bool quoted) {
  return !quoted && is_plain(text) ? std::string(text) : in_quotes(text);
}

std::string value_text(const OptionValue& value) {
  std::string out;
  const char* comma = "";
  switch (value.kind) {
    case Kind::null:
      return "~";
    case Kind::scalar:
      // An expansion makes one `$` of two; keys are not expanded.
      for (const char c : value.text) out.append(c == '$' ? 2 : 1, c);
      return scalar_text(out, value.quoted);
    case Kind::sequence:
      for (const OptionValue& item : value.items) {
        out += comma + value_text(item);
        comma = ", ";
      }
      return "[" + out + "]";
    case Kind::mapping:
      for (const OptionValue::Entry& entry : value.entries) {
        out += comma + scalar_text(entry.key, false) + ": " + value_text(entry.value);
        comma = ", ";
      }
      return "{" + out + "}";
  }
  return out;
}

bool is_list_of_mappings(const OptionValue& value) {
  const auto is_mapping = [](const OptionValue& item) { return item.kind == Kind::mapping; };
  return value.kind == Kind::sequence && !value.items.empty() &&
         std::all_of(value.items.begin(), value.items.end(), is_mapping);
}

}  // namespace

std::string write_yaml(const OptionValue& root) {
  std::string out;
  for (const OptionValue::Entry& entry : root.entries) {
    const OptionValue& value = entry.value;
    out += scalar_text(entry.key, false) + ":";
    if (is_list_of_mappings(value)) {
      for (const OptionValue& item : value.items) out += "\n  - " + value_text(item);
    } else if (value.kind == Kind::mapping && !value.entries.empty()) {
      for (const OptionValue::Entry& inner : value.entries) {
        out += "\n  " + scalar_text(inner.key, false) + ": " + value_text(inner.value);
      }
    } else {
      out += " " + value_text(value);
    }
    out += '\n';
  }
  return out;
}

}  // namespace blipd

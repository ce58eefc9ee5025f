#include "daemon/config/shown_config.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <utility>

namespace blipd {
namespace {

constexpr std::string_view kHidden = "<secret>";
constexpr std::array<std::string_view, 3> kSecrets{"password", "bearer_token", "body"};

/// Text that YAML reads as itself without quotes.
bool is_plain(std::string_view text) {
  constexpr std::string_view kAlsoPlain = "_./+-:";
  if (text.empty() || text == "~" || text == "null" || text.front() == '-' || text.back() == ':') return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kAlsoPlain.find(c) != std::string_view::npos;
  });
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string scalar(std::string_view text, bool quoted) {
  return quoted || !is_plain(text) ? in_quotes(text) : std::string(text);
}

/// "https://user:password@host/" without the user and the password.
std::string without_userinfo(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t begin = scheme + 3;
  const std::size_t at = text.substr(0, text.find_first_of("/?#", begin)).rfind('@');
  if (at == std::string::npos || at < begin) return text;
  return text.substr(0, begin) + std::string(kHidden) + text.substr(at);
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  /// `value` after its key or dash, or at the top; `hide` everything in it.
  void write(const OptionValue& value, std::size_t depth, bool hide) {
    switch (value.kind) {
      case OptionValue::Kind::null:
        out_ += depth == 0 ? "" : "\n";
        return;
      case OptionValue::Kind::scalar:
        out_ += ' ';
        out_ += hide ? scalar(kHidden, true) : scalar(without_userinfo(value.text), value.quoted);
        out_ += '\n';
        return;
      case OptionValue::Kind::sequence:
        if (value.items.empty()) out_ += " []";
        out_ += depth == 0 ? "" : "\n";
        for (const OptionValue& item : value.items) {
          out_.append(2 * depth, ' ') += '-';
          write(item, depth + 1, hide);
        }
        return;
      case OptionValue::Kind::mapping:
        if (value.entries.empty()) out_ += " {}";
        out_ += depth == 0 ? "" : "\n";
        for (const OptionValue::Entry& entry : value.entries) write(entry, depth, hide);
        return;
    }
  }

 private:
  void write(const OptionValue::Entry& entry, std::size_t depth, bool hide) {
    const bool secret = std::find(kSecrets.begin(), kSecrets.end(), entry.key) != kSecrets.end() &&
                        entry.value.kind == OptionValue::Kind::scalar;
    out_.append(2 * depth, ' ') += scalar(entry.key, false);
    out_ += ':';
    // Of a header the name may be shown, whatever it is.
    write(entry.value, depth + 1, hide || secret || entry.key == "headers");
  }

  std::string out_;
};

}  // namespace

std::string show_config(const OptionValue& root) {
  Writer writer;
  writer.write(root, 0, false);
  return writer.take();
}

}  // namespace blipd

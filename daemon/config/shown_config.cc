#include "daemon/config/shown_config.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "daemon/config/yaml_scalar.h"

namespace blipd {
namespace {

constexpr std::string_view kHidden = "<secret>";
constexpr std::array<std::string_view, 3> kSecrets{"password", "bearer_token", "body"};

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
        out_ += hide ? yaml_scalar(kHidden, true) : yaml_scalar(without_userinfo(value.text), value.quoted);
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
    out_.append(2 * depth, ' ') += yaml_scalar(entry.key, false);
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

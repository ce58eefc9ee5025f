#include "daemon/config/yaml_writer.h"

#include "daemon/config/yaml_scalar.h"

namespace blipd {
namespace {

using Kind = OptionValue::Kind;

std::string value_text(const OptionValue& value) {
  std::string out;
  const char* comma = "";
  switch (value.kind) {
    case Kind::null:
      return "~";
    case Kind::scalar:
      // An expansion makes one `$` of two; keys are not expanded.
      for (const char c : value.text) out.append(c == '$' ? 2 : 1, c);
      return yaml_scalar(out, value.quoted);
    case Kind::sequence:
      for (const OptionValue& item : value.items) {
        out += comma + value_text(item);
        comma = ", ";
      }
      return "[" + out + "]";
    case Kind::mapping:
      for (const OptionValue::Entry& entry : value.entries) {
        out += comma + yaml_scalar(entry.key, false) + ": " + value_text(entry.value);
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
    out += yaml_scalar(entry.key, false) + ":";
    if (is_list_of_mappings(value)) {
      for (const OptionValue& item : value.items) out += "\n  - " + value_text(item);
    } else if (value.kind == Kind::mapping && !value.entries.empty()) {
      for (const OptionValue::Entry& inner : value.entries) {
        out += "\n  " + yaml_scalar(inner.key, false) + ": " + value_text(inner.value);
      }
    } else {
      out += " " + value_text(value);
    }
    out += '\n';
  }
  return out;
}

}  // namespace blipd

// The section `modules`: the keys that all modules share. The rest belongs to the prober.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/decode.h"
#include "daemon/config/text.h"

namespace blipd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const ProberType* find_prober(std::span<const ProberType* const> probers, std::string_view name) {
  const auto found =
      std::find_if(probers.begin(), probers.end(), [name](const ProberType* type) { return type->name == name; });
  return found == probers.end() ? nullptr : *found;
}

const ProberType* decode_prober(OptionReader& reader, const DecodeContext& context) {
  std::vector<std::string> names;
  std::string list;
  for (const ProberType* type : context.sources.probers) {
    names.emplace_back(type->name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  if (!reader.has("prober")) {
    reader.report("prober", "missing: one of: " + list);
    return nullptr;
  }
  const OptionValue* value = reader.value("prober");
  if (value->kind != OptionValue::Kind::scalar) {
    reader.report("prober", wrong_kind("the name of a prober", value->kind));
    return nullptr;
  }
  const ProberType* prober = find_prober(context.sources.probers, value->text);
  if (prober != nullptr) return prober;
  const std::string near = nearest_word(value->text, names);
  if (value->text == "tcp_syn" || value->text == "http") {
    reader.report("prober", value->text + " is not part of this version, which has: " + list);
  } else {
    reader.report("prober", "unknown prober " + in_quotes(value->text) +
                                (near.empty() ? " (known: " + list + ")" : " (did you mean " + in_quotes(near) + "?)"));
  }
  return nullptr;
}

ModuleConfig decode_module(const OptionValue::Entry& entry, DecodeContext& context) {
  ModuleConfig module;
  module.name = entry.key;
  if (const std::string why = why_not_a_name(entry.key); !why.empty()) {
    context.problems.push_back({entry.key_place, "modules: " + why});
  }
  OptionReader reader(entry.value, "modules." + (entry.key.size() <= 128 ? entry.key : "..."), context.problems);
  if (entry.value.kind != OptionValue::Kind::mapping) return module;
  module.prober = decode_prober(reader, context);
  module.interval = reader.duration("interval", seconds(10), milliseconds(100), hours(24));
  module.timeout = reader.duration("timeout", seconds(3), milliseconds(1), minutes(5));
  // Without its prober nobody knows which other keys there are.
  if (module.prober == nullptr) return module;
  module.options = module.prober->read_options(reader);
  reader.finish();
  return module;
}

}  // namespace

std::vector<ModuleConfig> decode_modules(const OptionValue& value, DecodeContext& context) {
  std::vector<ModuleConfig> modules;
  if (value.kind != OptionValue::Kind::mapping) {
    context.problems.push_back({value.place, "modules: " + wrong_kind("a mapping", value.kind)});
    return modules;
  }
  if (value.entries.empty()) context.problems.push_back({value.place, "modules: at least one must be given"});
  for (const OptionValue::Entry& entry : value.entries) {
    context.declared_modules.push_back(entry.key);
    modules.push_back(decode_module(entry, context));
  }
  return modules;
}

}  // namespace blipd

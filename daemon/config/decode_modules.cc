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
  reader.report("prober", "unknown prober " + in_quotes(value->text) +
                              (near.empty() ? " (known: " + list + ")" : " (did you mean " + in_quotes(near) + "?)"));
  return nullptr;
}

/// A timeout that this prober cannot make use of is told with its reason.
Duration decode_timeout(OptionReader& reader, const ProbeTimes& times) {
  const Duration timeout = reader.duration("timeout", times.timeout, milliseconds(1), minutes(5));
  if (timeout <= times.most_timeout) return timeout;
  reader.report("timeout", format_duration(timeout) + " is above " + format_duration(times.most_timeout) +
                               (times.why_most_timeout.empty() ? "" : ": " + std::string(times.why_most_timeout)));
  return times.timeout;
}

AddressFamily decode_family(OptionReader& reader) {
  const std::string family = reader.choice("family", "any", {"any", "ipv4", "ipv6"});
  if (family == "ipv4") return AddressFamily::ipv4;
  return family == "ipv6" ? AddressFamily::ipv6 : AddressFamily::any;
}

ModuleConfig decode_module(const OptionValue::Entry& entry, DecodeContext& context) {
  ModuleConfig module;
  module.name = entry.key;
  if (const std::string why = why_not_a_name(entry.key); !why.empty()) {
    context.problems.push_back({entry.key_place, "modules: " + why});
  }
  const OptionFiles files{context.directory, context.sources.read_file};
  OptionReader reader(entry.value, "modules." + (entry.key.size() <= 128 ? entry.key : "..."), context.problems,
                      &files);
  if (entry.value.kind != OptionValue::Kind::mapping) return module;
  module.prober = decode_prober(reader, context);
  const ProbeTimes times = module.prober == nullptr ? ProbeTimes{} : module.prober->times;
  module.interval = reader.duration("interval", times.interval, times.least_interval, hours(24));
  module.timeout = decode_timeout(reader, times);
  module.family = decode_family(reader);
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

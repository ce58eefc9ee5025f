#include "daemon/export/hosts_json.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

namespace blipd {
namespace {

/// The words of blipd_network_hosts, finer.
std::string_view condition_of(const TargetState& target) {
  if (target.outcomes_known == 0) return "unknown";
  if (target.failure_run == 0) return "responding";
  if (target.failure_run >= kSilentAfter) return "silent";
  return target.outcomes == 0 ? "unheard" : "wavering";
}

/// "1101": newest last, 1 is a reply.
std::string outcomes_of(const TargetState& target) {
  std::string out;
  for (unsigned i = target.outcomes_known; i-- > 0;) out += ((target.outcomes >> i) & 1U) != 0 ? '1' : '0';
  return out;
}

/// Whether `text` is a whole number from `least` to `most`.
bool parse_number(std::string_view text, std::size_t least, std::size_t most, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least && number <= most;
}

}  // namespace

// Host by host: the tree of ten thousand would take ten times as much as its text, and the library ends the process
// when it has to take a tree down without memory.
std::string render_hosts_json(std::string_view network, const TargetRange& range, const TargetList& list) {
  using Json = nlohmann::ordered_json;
  const auto text_of = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  std::string out = text_of({{"network", network}, {"targets", list.total}, {"offset", range.offset}});
  out.back() = ',';
  out += "\"hosts\":[";
  for (const ListedTarget& target : list.targets) {
    const std::string address = target.state.address.to_string();
    if (&target != list.targets.data()) out += ',';
    out += text_of({{"host", target.name.empty() ? address : target.name},
                    {"address", address},
                    {"module", list.modules[target.module]},
                    {"state", condition_of(target.state)},
                    {"failures_in_a_row", target.state.failure_run},
                    {"rate_limited", target.limited},
                    {"outcomes", outcomes_of(target.state)}});
  }
  out += "]}\n";
  return out;
}

Result<TargetRange> parse_target_range(const std::vector<std::pair<std::string, std::string>>& parameters) {
  TargetRange range;
  std::set<std::string> given;
  for (const auto& [name, value] : parameters) {
    if (!given.insert(name).second) return Error{"parameter \"" + name + "\" is given more than once"};
    if (name == "offset") {
      if (!parse_number(value, 0, std::numeric_limits<std::uint32_t>::max(), range.offset)) {
        return Error{"parameter \"offset\" is no whole number from 0 on"};
      }
    } else if (name == "limit") {
      if (!parse_number(value, 1, TargetRange::kMost, range.limit)) {
        return Error{"parameter \"limit\" is no whole number from 1 to " + std::to_string(TargetRange::kMost)};
      }
    } else {
      return Error{"unknown parameter \"" + name + "\"; known: offset, limit"};
    }
  }
  return range;
}

}  // namespace blipd

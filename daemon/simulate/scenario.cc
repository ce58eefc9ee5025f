#include "daemon/simulate/scenario.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/config/whole_file.h"
#include "daemon/config/yaml_tree.h"
#include "daemon/simulate/scenario_decode.h"

namespace blipd {
namespace {

/// 128-bit distance of two addresses of one family, if it fits into 63 bits.
std::optional<std::uint64_t> distance(const Address& from, const Address& to) {
  std::uint64_t low[2] = {0, 0};
  std::uint64_t high[2] = {0, 0};
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint64_t* const words = i < 8 ? high : low;
    words[0] = words[0] << 8U | from.bytes()[i];
    words[1] = words[1] << 8U | to.bytes()[i];
  }
  const std::uint64_t below = low[1] - low[0];
  const std::uint64_t above = high[1] - high[0] - (low[1] < low[0] ? 1 : 0);
  if (above != 0 || below > (std::uint64_t{1} << 62U)) return std::nullopt;
  return below;
}

}  // namespace

std::size_t HostShare::of(std::size_t hosts) const {
  if (count) return std::min(*count, hosts);
  if (!share) return hosts;
  if (*share <= 0) return 0;
  const auto rounded = static_cast<std::size_t>(std::lround(*share * static_cast<double>(hosts)));
  return std::clamp<std::size_t>(rounded, 1, std::max<std::size_t>(hosts, 1));
}

Duration BurstsSpec::mean_good() const {
  return Duration(static_cast<Duration::rep>(static_cast<double>(mean_bad.count()) * (1 - share) / share));
}

std::size_t NetworkSpec::host_count() const {
  std::size_t hosts = 0;
  for (const HostGroup& group : groups) hosts += group.addresses.empty() ? group.count : group.addresses.size();
  return hosts;
}

std::string NetworkSpec::name_of(std::size_t index) const {
  if (count == 1) return name;
  std::string number = std::to_string(index + 1);
  const std::size_t width = std::to_string(count).size();
  number.insert(0, width - number.size(), '0');
  return name + "-" + number;
}

std::uint64_t NetworkSpec::span() const {
  if (prefixes.empty()) return 0;
  const auto [first, last] = std::minmax_element(prefixes.begin(), prefixes.end());
  if (last->host_bits() > 62 || first->first().is_v4() != last->first().is_v4()) return 0;
  const std::optional<std::uint64_t> between = distance(first->first(), last->first());
  return between ? *between + (std::uint64_t{1} << last->host_bits()) : 0;
}

Error describe_problems(std::vector<Problem> problems, const std::string& file) {
  constexpr std::size_t kMostShown = 20;
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return a.place.line != b.place.line ? a.place.line < b.place.line : a.place.column < b.place.column;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kMostShown); ++i) {
    const Problem& problem = problems[i];
    text += (i == 0 ? "" : "\n") + file + ":" + std::to_string(problem.place.line) + ":" +
            std::to_string(problem.place.column) + ": " + problem.message;
  }
  if (problems.size() > kMostShown) {
    text += "\n" + file + ": and " + std::to_string(problems.size() - kMostShown) + " more problems";
  }
  return Error{text};
}

Result<Scenario> parse_scenario(std::string_view text, const std::string& name) {
  std::vector<Problem> problems;
  // A scenario means the same everywhere, so the environment has no say in it.
  const std::optional<OptionValue> root = read_yaml(text, Environment(), problems);
  if (!root) return describe_problems(std::move(problems), name);
  Scenario scenario = decode_scenario(*root, problems);
  scenario.file = name;
  if (!problems.empty()) return describe_problems(std::move(problems), name);
  return Result<Scenario>(boost::system::in_place_value, std::move(scenario));
}

Result<Scenario> load_scenario(const std::string& path) {
  Result<std::string> text = read_whole_file(path, kLargestScenarioFile);
  if (!text.has_value()) return Error{path + ":1:1: " + text.error().message};
  return parse_scenario(*text, path);
}

}  // namespace blipd

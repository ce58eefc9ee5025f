#include "daemon/service/check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/config/module_hosts.h"
#include "daemon/config/text.h"
#include "daemon/engine/engine_share.h"
#include "daemon/service/open_files.h"
#include "probes/clock.h"
#include "probes/option_reader.h"

namespace blipd {
namespace {

constexpr std::size_t kColumns = 8;
constexpr std::size_t kTextColumns = 2;
constexpr std::size_t kWidestNetwork = 24;
constexpr std::size_t kWidestModule = 12;
constexpr std::size_t kLineWidth = 96;
/// Warnings of one kind that are listed one by one.
constexpr std::size_t kMostOfAKind = 10;
/// With 20 probes, all answered, the 95 % Wilson interval still reaches down to 84 %.
constexpr double kFewProbes = 20;

using Row = std::array<std::string, kColumns>;

/// Three significant digits, and all digits before the point.
std::string number(double value) {
  int decimals = 0;
  for (double scale = 100; decimals < 6 && value > 0 && value < scale; scale /= 10) ++decimals;
  std::array<char, 64> buffer{};
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  std::string text(buffer.data(), result.ptr);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string count(std::size_t value, std::string_view one) {
  return std::to_string(value) + " " + std::string(one) + (value == 1 ? "" : "s");
}

/// Rounded to about a hundredth, because a stretched round is no round number.
std::string rounded(Duration d) {
  Duration unit(1);
  while (d / unit >= 1000 && unit < std::chrono::seconds(1)) unit *= 10;
  if (d >= std::chrono::hours(1)) unit = std::chrono::minutes(1);
  return format_duration((d + unit / 2) / unit * unit);
}

/// Whole UTF-8 characters only.
std::string shortened(std::string_view name, std::size_t widest) {
  if (count_characters(name) <= widest) return std::string(name);
  std::size_t bytes = 0;
  for (std::size_t characters = 0; bytes < name.size(); ++bytes) {
    if ((static_cast<unsigned char>(name[bytes]) & 0xC0U) == 0x80U) continue;
    if (++characters > widest - 3) break;
  }
  return std::string(name.substr(0, bytes)) + "...";
}

std::string render_table(const std::vector<Row>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], count_characters(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string padding(widths[i] - count_characters(row[i]), ' ');
      const bool left = i < kTextColumns || i + 1 == kColumns;
      line += (i == 0 ? "" : "  ") + (left ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

/// "warning: ..." broken between words, later lines indented.
std::string render_warning(std::string_view text) {
  std::string out;
  std::string line = "warning:";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (count_characters(line) + 1 + count_characters(word) > kLineWidth) {
      out += line + "\n";
      line = "        ";
    }
    line += " " + std::string(word);
  }
  return out + line + "\n";
}

std::string block_name(const Config& config, const PlannedBlock& block) {
  return config.networks[block.network].name + "/" + config.modules[block.module].name;
}

/// "a, b and 12 more".
std::string some_of(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostOfAKind); ++i) out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostOfAKind) out += " and " + std::to_string(names.size() - kMostOfAKind) + " more";
  return out;
}

void warn_of_vantage(const Config& config, std::vector<std::string>& warnings) {
  const ReferencesConfig& references = config.vantage.references;
  if (references.hosts.empty()) {
    warnings.emplace_back(
        "no references: when this vantage's own uplink is ill, blipd can tell it from ill networks only where five or "
        "more networks fail at once, and calls them unknown then; give vantage.references three hosts outside the "
        "networks");
  } else if (references.hosts.size() < 3) {
    warnings.emplace_back("only " + count(references.hosts.size(), "reference") +
                          ": one of them failing by itself looks like an ill vantage; three or more can be told apart");
  }
  const bool all_mine = std::all_of(config.networks.begin(), config.networks.end(),
                                    [](const NetworkConfig& network) { return network.mine; });
  if (all_mine && config.vantage.contact.empty()) {
    warnings.emplace_back(
        "no vantage.contact: whoever sees these probes cannot know whom to ask (all networks are mine, so it is not "
        "required)");
  }
}

void warn_of_stretch(const Config& config, const Plan& plan, std::vector<std::string>& warnings) {
  struct Limit {
    Stretch by;
    std::string_view key;
  };
  constexpr std::array<Limit, 3> kLimits{{{Stretch::daemon, "limits.packets_per_second"},
                                          {Stretch::prefix, "limits.per_prefix_per_second"},
                                          {Stretch::network, "limits.per_network_per_hour"}}};
  for (const Limit& limit : kLimits) {
    std::vector<std::string> names;
    for (const PlannedBlock& block : plan.blocks) {
      if (block.stretched_by == limit.by) {
        names.push_back(block_name(config, block) + " (" + rounded(config.modules[block.module].interval) + " to " +
                        rounded(block.round) + ")");
      }
    }
    if (names.empty()) continue;
    warnings.push_back("rounds are stretched to fit 80 % of " + std::string(limit.key) + ": " + some_of(names));
  }
}

void warn_of_thin_windows(const Config& config, const Plan& plan, std::vector<std::string>& warnings) {
  for (const WindowConfig& window : config.windows) {
    std::vector<std::string> names;
    for (const PlannedBlock& block : plan.blocks) {
      const double probes = block.probes_per_second * to_seconds(window.length);
      if (block.hosts != 0 && probes < kFewProbes)
        names.push_back(block_name(config, block) + " (" + number(probes) + ")");
    }
    if (names.empty()) continue;
    warnings.push_back("the window " + window.label + " holds fewer than " + number(kFewProbes) +
                       " probes, so its ratios are wide guesses: " + some_of(names));
  }
}

void warn_of_empty_blocks(const Config& config, const Plan& plan, std::vector<std::string>& warnings) {
  std::vector<std::string> names;
  for (const PlannedBlock& block : plan.blocks) {
    if (block.hosts == 0 && config.networks[block.network].names.empty()) names.push_back(block_name(config, block));
  }
  if (!names.empty()) warnings.push_back("no host is of the module's address family: " + some_of(names));
}

void warn_of_unused_modules(const Config& config, const Plan& plan, std::vector<std::string>& warnings) {
  std::vector<bool> used(config.modules.size());
  for (const PlannedBlock& block : plan.blocks) used[block.module] = true;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) names.push_back(config.modules[i].name);
  }
  if (!names.empty()) warnings.push_back("no network uses: " + some_of(names));
}

void warn_of_threads(const Config& config, const Plan& plan, std::vector<std::string>& warnings) {
  // From one and a half times its part on.
  constexpr double kUneven = 1.5;
  if (config.engine_threads < 2 || plan.probes_per_second <= 0) return;
  const Shares shares = share_out(config, config.engine_threads, {});
  const auto by_load = [](const EngineShare& a, const EngineShare& b) {
    return a.plan.probes_per_second < b.plan.probes_per_second;
  };
  const Plan& most = std::max_element(shares.engines.begin(), shares.engines.end(), by_load)->plan;
  const auto idle = static_cast<std::size_t>(
      std::count_if(shares.engines.begin(), shares.engines.end(),
                    [](const EngineShare& share) { return share.plan.probes_per_second <= 0; }));
  const double part = most.probes_per_second / plan.probes_per_second;
  if (idle == 0 && part * config.engine_threads < kUneven) return;
  std::vector<double> networks(config.networks.size());
  for (const PlannedBlock& block : most.blocks) networks[block.network] += block.probes_per_second;
  const auto largest = std::max_element(networks.begin(), networks.end());
  const auto percent = [&](double probes) { return number(std::round(100 * probes / plan.probes_per_second)) + " %"; };
  std::string text = "engine_threads is " + std::to_string(config.engine_threads) +
                     ", and no network is split: one thread has " + percent(most.probes_per_second) +
                     " of the probes, " + percent(*largest) + " of all for " +
                     config.networks[static_cast<std::size_t>(largest - networks.begin())].name + " alone";
  if (idle != 0) text += "; " + count(idle, "thread") + (idle == 1 ? " has" : " have") + " nothing to do";
  warnings.push_back(text + "; divide the largest networks, or take fewer threads");
}

}  // namespace

std::string render_check(const Config& config, const Plan& plan, std::size_t open_files) {
  std::vector<Row> rows{{"NETWORK", "MODULE", "HOSTS", "INTERVAL", "ROUND", "PROBES/S", "PREFIX/S", "STRETCHED"}};
  std::size_t targets = 0;
  for (const PlannedBlock& block : plan.blocks) {
    const ModuleConfig& module = config.modules[block.module];
    targets += block.hosts;
    rows.push_back({shortened(config.networks[block.network].name, kWidestNetwork),
                    shortened(module.name, kWidestModule), std::to_string(block.hosts), rounded(module.interval),
                    rounded(block.round), number(block.probes_per_second), number(block.busiest_prefix_per_second),
                    block.stretched_by == Stretch::none ? "-" : std::string(to_string(block.stretched_by))});
  }
  std::string out = render_table(rows);
  out += "PREFIX/S: to the /24 or /48 of the network that gets most, over all its modules\n";

  const ReferencesConfig& references = config.vantage.references;
  out += "\n" + count(config.networks.size(), "network") + ", " + count(plan.hosts, "host") + ", " +
         count(targets, "target") + ": " + number(plan.probes_per_second) + " probes/s of at most " +
         number(config.limits.packets_per_second) + "\n";
  if (!references.hosts.empty()) {
    out += count(references.hosts.size(), "reference") + ", quorum " + std::to_string(references.quorum) + ", every " +
           rounded(references.interval) + ": " +
           number(static_cast<double>(references.hosts.size()) / to_seconds(references.interval)) +
           " probes/s beside the limits\n";
  }

  if (const std::size_t names = names_of(config).size(); names > 0) {
    out += count(names, "name") + ", resolved while blipd runs: their probes come on top\n";
  }

  std::vector<std::string> warnings;
  warn_of_vantage(config, warnings);
  warn_of_stretch(config, plan, warnings);
  warn_of_thin_windows(config, plan, warnings);
  warn_of_empty_blocks(config, plan, warnings);
  warn_of_unused_modules(config, plan, warnings);
  warn_of_threads(config, plan, warnings);
  if (auto warning = too_few_open_files(open_files_needed(config, plan), open_files)) {
    warnings.push_back(std::move(*warning));
  }
  if (!warnings.empty()) out += "\n";
  for (const std::string& warning : warnings) out += render_warning(warning);
  return out;
}

}  // namespace blipd

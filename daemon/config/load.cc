#include "daemon/config/load.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/config/decode.h"
#include "daemon/config/shown_config.h"
#include "daemon/config/whole_file.h"
#include "daemon/config/yaml_tree.h"
#include "probes/option_reader.h"

namespace blipd {
namespace {

std::string this_host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "localhost";
  const std::string name(buffer.data());
  return why_not_a_name(name).empty() ? name : "localhost";
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

Error describe(std::vector<Problem> problems, const std::string& name) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return a.place.line != b.place.line ? a.place.line < b.place.line : a.place.column < b.place.column;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kMostProblemsShown); ++i) {
    const Problem& problem = problems[i];
    const std::string place =
        name + ":" + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column);
    text += (i == 0 ? "" : "\n") + (problem.elsewhere.empty() ? place : problem.elsewhere) + ": " + problem.message;
  }
  if (problems.size() > kMostProblemsShown) {
    text += "\n" + name + ": and " + std::to_string(problems.size() - kMostProblemsShown) + " more problems";
  }
  return Error{text};
}

/// `problems`: those that reading has found already.
Result<Config> decode_or_describe(const OptionValue& root, const std::string& name, const ConfigSources& sources,
                                  std::vector<Problem> problems) {
  DecodeContext context{sources, directory_of(name), problems, {}, {}, sources.most_addresses};
  Config config = decode_config(root, context);
  if (!problems.empty()) return describe(std::move(problems), name);
  return config;
}

/// `root` was read from `text`, with what the environment says.
std::string shown(std::string_view text, const OptionValue& root) {
  if (text.find('$') == std::string_view::npos) return show_config(root);
  std::vector<Problem> none;
  const Environment as_written = [](const std::string& name) { return std::optional("${" + name + "}"); };
  const std::optional<OptionValue> written = read_yaml(text, as_written, none);
  return written ? show_config(*written) : std::string();
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& name, const ConfigSources& sources) {
  std::vector<Problem> problems;
  const std::optional<OptionValue> root = read_yaml(text, sources.environment, problems);
  if (!root) return describe(std::move(problems), name);
  Result<Config> config = decode_or_describe(*root, name, sources, std::move(problems));
  if (config.has_value()) config->shown = shown(text, *root);
  return config;
}

Result<Config> decode_config(const OptionValue& root, const std::string& name, const ConfigSources& sources) {
  return decode_or_describe(root, name, sources, {});
}

Result<Config> load_config(const std::string& path) {
  Result<std::string> text = read_whole_file(path, kLargestConfigFile);
  if (!text.has_value()) return Error{path + ":1:1: " + text.error().message};
  ConfigSources sources;
  sources.host_name = this_host_name();
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  sources.read_file = [](const std::string& file) { return read_whole_file(file, kLargestHostsFile); };
  return parse_config(*text, path, sources);
}

}  // namespace blipd

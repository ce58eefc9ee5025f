// Every file of data/good is accepted, and every file of data/bad is refused with exactly the lines it expects:
// "# expect: 3:5: unknown key ..." for its own places, "# expect: hosts.txt:2:1: ..." for those of another file.
// "# schema: cannot tell" marks what docs/blipd.schema.json has no means to refuse (schema_test.py).
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/config/load.h"
#include "tests/support/catch.h"

using namespace blipd;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> yaml_files(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(BLIPD_TEST_DATA) + "/" + folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  return files;
}

std::string expectation(const std::string& text) {
  const std::string mark = "# expect: ";
  std::istringstream lines(text);
  std::string expected;
  for (std::string line; std::getline(lines, line) && line.starts_with(mark);) {
    expected += line.substr(mark.size()) + "\n";
  }
  return expected;
}

void remove_all(std::string& text, const std::string& what) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) text.erase(at, what.size());
}

Result<Config> parse_file(const std::filesystem::path& path) {
  ConfigSources sources;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "BLIPD_TEST_HOST") return "noc.example.net";
    if (name == "BLIPD_TEST_INTERVAL") return "30s";
    return std::nullopt;
  };
  sources.read_file = [](const std::string& file) -> Result<std::string> {
    if (!std::filesystem::exists(file)) return Error{"cannot open \"" + file + "\": No such file or directory"};
    return Result<std::string>(boost::system::in_place_value, read(file));
  };
  return parse_config(read(path), path.string(), sources);
}

}  // namespace

TEST_CASE("good files are accepted") {
  const auto files = yaml_files("good");
  REQUIRE(files.size() >= 6);
  for (const auto& path : files) {
    const Result<Config> config = parse_file(path);
    INFO(path.filename().string() << ": " << (config.has_error() ? config.error().message : ""));
    CHECK(config.has_value());
  }
}

TEST_CASE("bad files are refused with the lines they expect") {
  const auto files = yaml_files("bad");
  REQUIRE(files.size() >= 50);
  for (const auto& path : files) {
    INFO(path.filename().string());
    const std::string expected = expectation(read(path));
    REQUIRE_FALSE(expected.empty());
    const Result<Config> config = parse_file(path);
    REQUIRE(config.has_error());
    std::string got = config.error().message;
    remove_all(got, path.parent_path().string() + "/");
    std::string shown;
    std::istringstream lines(got);
    const std::string own = path.filename().string() + ":";
    for (std::string line; std::getline(lines, line);) {
      shown += (line.starts_with(own) ? line.substr(own.size() + (line[own.size()] == ' ' ? 1 : 0)) : line) + "\n";
    }
    CHECK(shown == expected);
  }
}

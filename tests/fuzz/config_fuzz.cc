// blipd.yaml from anywhere: decoded, planned, and never a crash, a hang or a byte of message that is not UTF-8. No file
// is read: hosts files and excludes come from the input itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "daemon/config/load.h"
#include "daemon/schedule/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  blipd::ConfigSources sources;
  sources.most_addresses = 4096;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    return name.size() == 1 ? std::optional<std::string>(name) : std::nullopt;
  };
  sources.read_file = [&text](const std::string& path) -> blipd::Result<std::string> {
    if (path.size() > 4) return blipd::Error{"no such file"};
    return blipd::Result<std::string>(boost::system::in_place_value, text);
  };
  const blipd::Result<blipd::Config> config = blipd::parse_config(text, "f", sources);
  if (config.has_error()) {
    if (config.error().message.empty() || blipd::find_invalid_utf8(config.error().message)) std::abort();
    return 0;
  }
  const blipd::Plan plan = blipd::make_plan(*config);
  for (const blipd::PlannedBlock& block : plan.blocks) {
    if (block.hosts == 0 || block.round < config->modules[block.module].interval) std::abort();
  }
  return 0;
}

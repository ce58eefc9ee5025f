#include "daemon/service/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "daemon/engine/engine_share.h"

namespace blipd {
namespace {

/// Readers of the web server, at most; the database, names, the log and what libraries hold.
constexpr std::size_t kOfTheDaemon = 256 + 64;
/// The loop of one probing thread.
constexpr std::size_t kOfAThread = 8;

std::size_t needed_by(const Config& config, const Plan& plan) {
  std::map<const ProberType*, double> on_the_way;
  for (const PlannedBlock& block : plan.blocks) {
    const ModuleConfig& module = config.modules[block.module];
    if (module.prober != nullptr) on_the_way[module.prober] += block.probes_per_second * to_seconds(module.timeout);
  }
  std::size_t files = kOfAThread;
  for (const auto& [type, probes] : on_the_way) {
    const double most = static_cast<double>(type->most_connections);
    files += type->descriptors + static_cast<std::size_t>(std::ceil(std::min(probes, most)));
  }
  return files;
}

}  // namespace

std::size_t open_files_needed(const Config& config, const Plan& plan) {
  if (config.engine_threads < 2) return kOfTheDaemon + needed_by(config, plan);
  std::size_t files = kOfTheDaemon;
  for (const EngineShare& share : share_out(config, config.engine_threads, {}).engines) {
    files += needed_by(config, share.plan);
  }
  return files;
}

std::optional<std::string> too_few_open_files(std::size_t needed, std::size_t limit) {
  if (needed <= limit) return std::nullopt;
  return "up to " + std::to_string(needed) + " open files may be needed at once, and the limit here is " +
         std::to_string(limit) +
         ": http probes that find none are void, and the start may fail; raise LimitNOFILE= of the unit, or `ulimit "
         "-n`";
}

std::size_t open_file_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

void raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace blipd

#include "daemon/export/process_stats.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace blipd {

namespace {

double clock_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct StatFields {
  std::uint64_t start_ticks = 0;  // since boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

std::optional<StatFields> read_stat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // The second field is the program's name in brackets and may hold anything, brackets too; proc(5) numbers the fields
  // from 1, and what follows the last bracket begins with field 3.
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(end_of_name + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) rest >> skipped;
  StatFields fields;
  if (!(rest >> fields.start_ticks >> fields.virtual_bytes >> fields.resident_pages)) return std::nullopt;
  return fields;
}

std::uint64_t count_open_fds() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  std::uint64_t entries = 0;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') ++entries;
  }
  closedir(directory);
  return entries > 0 ? entries - 1 : 0;  // the directory itself was open
}

}  // namespace

std::optional<ProcessStats> read_process_stats() {
  const std::optional<StatFields> fields = read_stat();
  if (!fields) return std::nullopt;
  // Worked out once: the wall clock is disciplined while we run, and a start time that moves reads as a restart.
  static const double start_time = clock_seconds(CLOCK_REALTIME) - clock_seconds(CLOCK_BOOTTIME) +
                                   static_cast<double>(fields->start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessStats stats;
  stats.cpu_seconds = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
  stats.resident_bytes = fields->resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  stats.virtual_bytes = fields->virtual_bytes;
  stats.open_fds = count_open_fds();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  stats.start_time = start_time;
  return stats;
}

}  // namespace blipd

#include "tests/lab/namespace.h"

#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

namespace blipd::lab {
namespace {

bool write_text(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

}  // namespace

Result<void> enter_private_namespace() {
  const std::string user = std::to_string(geteuid());
  const std::string group = std::to_string(getegid());
  if (unshare(CLONE_NEWNET) == 0) return {};
  if (errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
    // user_namespaces(7): an unprivileged process may map its group only after it gave up setgroups.
    if (write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", "0 " + user + " 1") &&
        write_text("/proc/self/gid_map", "0 " + group + " 1")) {
      return {};
    }
    return Error{"a user namespace cannot be mapped: " + describe_errno(errno)};
  }
  return Error{"a network namespace is refused: " + describe_errno(errno) +
               " (run as root, or allow unprivileged user namespaces)"};
}

}  // namespace blipd::lab

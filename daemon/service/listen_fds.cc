#include "daemon/service/listen_fds.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace blipd {
namespace {

constexpr std::int64_t kMostInherited = 256;

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string describe(int fd) { return "inherited descriptor " + std::to_string(fd) + " (LISTEN_FDS): "; }

Result<int> check_listening(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags < 0 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0) return Error{describe(fd) + describe_errno(errno)};
  int listening = 0;
  socklen_t size = sizeof(listening);
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
    return Error{describe(fd) + "not a listening socket"};
  }
  return fd;
}

}  // namespace

Result<int> count_listen_fds(const ReadEnvironment& environment, std::int64_t own_pid) {
  const char* pid_text = environment("LISTEN_PID");
  const char* count_text = environment("LISTEN_FDS");
  if (pid_text == nullptr || count_text == nullptr) return 0;
  const auto pid = parse_number(pid_text);
  if (!pid) return Error{"LISTEN_PID=" + std::string(pid_text) + " is not a process number"};
  if (*pid != own_pid) return 0;
  const auto count = parse_number(count_text);
  if (!count || *count > kMostInherited) {
    return Error{"LISTEN_FDS=" + std::string(count_text) + " is not a number from 0 to 256"};
  }
  return static_cast<int>(*count);
}

Result<std::vector<int>> take_listen_fds() {
  const auto read = [](const char* name) { return std::getenv(name); };
  const Result<int> count = count_listen_fds(read, ::getpid());
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (count.has_error()) return count.error();
  std::vector<int> descriptors;
  for (int fd = kFirstInherited; fd < kFirstInherited + count.value(); ++fd) {
    const Result<int> checked = check_listening(fd);
    if (checked.has_error()) return checked.error();
    descriptors.push_back(fd);
  }
  return descriptors;
}

}  // namespace blipd

#include "daemon/service/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

namespace blipd {
namespace {

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ServiceManagerSocket::ServiceManagerSocket(std::string_view address) {
  const bool usable = address.size() > 1 && (address.front() == '/' || address.front() == '@') &&
                      address.size() < sizeof(sockaddr_un::sun_path);
  if (!usable) return;
  address_ = address;
  if (address_.front() == '@') address_.front() = '\0';
  socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool ServiceManagerSocket::send(std::string_view state) const {
  if (!socket_) return false;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  // An abstract name ends where its length says; a path also ends at the zero byte that follows it here.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const ssize_t sent =
      ::sendto(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), length);
  return sent == static_cast<ssize_t>(state.size());
}

Duration watchdog_timeout(const ReadEnvironment& environment, std::int64_t own_pid) {
  const char* timeout = environment("WATCHDOG_USEC");
  if (timeout == nullptr) return Duration::zero();
  const char* pid = environment("WATCHDOG_PID");
  if (pid != nullptr && parse_number(pid) != own_pid) return Duration::zero();
  const std::optional<std::int64_t> microseconds = parse_number(timeout);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1000;
  if (!microseconds || *microseconds <= 0 || *microseconds > kMost) return Duration::zero();
  return std::chrono::microseconds(*microseconds);
}

}  // namespace blipd

// A wall clock that a test may set, for one program: preloaded, it shifts CLOCK_REALTIME and the kernel's receive and
// send stamps as the kernel itself would after settimeofday(2). The file named by BLIPD_WALL_CLOCK holds four 64-bit
// numbers of nanoseconds: the shift, the true time from which on it holds, the shift before that, and for how long the
// machine has been suspended besides, which CLOCK_BOOTTIME counts and CLOCK_MONOTONIC does not. The last one may only
// be changed while the program is stopped, and the shift by as much: a clock on the wall goes on while the machine
// sleeps.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

struct Clock {
  volatile std::int64_t shift;
  volatile std::int64_t since;
  volatile std::int64_t shift_before;
  volatile std::int64_t suspended;
};

constexpr std::int64_t kSecond = 1000000000;

const Clock* clock_of_test() {
  static const Clock* const mapped = [] {
    const char* const path = std::getenv("BLIPD_WALL_CLOCK");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    void* const memory = file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(Clock), PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) ::close(file);
    return memory == MAP_FAILED ? nullptr : static_cast<const Clock*>(memory);
  }();
  return mapped;
}

std::int64_t nanoseconds_of(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * kSecond + time.tv_nsec;
}

timespec timespec_of(std::int64_t nanoseconds) {
  return {static_cast<time_t>(nanoseconds / kSecond), static_cast<long>(nanoseconds % kSecond)};
}

void shift(timespec& time) {
  const Clock* const clock = clock_of_test();
  if (clock == nullptr || (time.tv_sec == 0 && time.tv_nsec == 0)) return;
  const std::int64_t at = nanoseconds_of(time);
  time = timespec_of(at + (at >= clock->since ? clock->shift : clock->shift_before));
}

std::int64_t suspended() {
  const Clock* const clock = clock_of_test();
  return clock == nullptr ? 0 : clock->suspended;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

void shift_stamps(msghdr& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPING) continue;
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
    for (timespec& stamp : stamps.ts) shift(stamp);
    std::memcpy(CMSG_DATA(control), &stamps, sizeof stamps);
  }
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* time) noexcept {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = real(id, time);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) shift(*time);
  if (result == 0 && id == CLOCK_BOOTTIME) *time = timespec_of(nanoseconds_of(*time) + suspended());
  return result;
}

int clock_nanosleep(clockid_t id, int flags, const timespec* wanted, timespec* left) {
  static const auto real = next<int (*)(clockid_t, int, const timespec*, timespec*)>("clock_nanosleep");
  if (id != CLOCK_BOOTTIME || (flags & TIMER_ABSTIME) == 0) return real(id, flags, wanted, left);
  const timespec until = timespec_of(nanoseconds_of(*wanted) - suspended());
  return real(id, flags, &until, left);
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  static const auto real = next<int (*)(int, mmsghdr*, unsigned, int, timespec*)>("recvmmsg");
  const int received = real(socket, messages, count, flags, timeout);
  for (int i = 0; i < received; ++i) shift_stamps(messages[i].msg_hdr);
  return received;
}

}  // extern "C"

#include "probes/out_of_memory.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <new>
#include <string_view>
#include <thread>
#include <utility>

namespace blipd {
namespace {

constexpr auto kPause = std::chrono::milliseconds(1);
constexpr auto kPatience = std::chrono::seconds(5);

using Clock = std::chrono::steady_clock;

thread_local bool may_fail = false;
thread_local Clock::time_point waiting_since{};
thread_local Clock::time_point last_refused{};
std::atomic<int> who_gives_back{0};

/// Called by operator new again and again until it throws, ends the process, or there is memory.
void on_refusal() {
  if (may_fail) throw std::bad_alloc();
  const Clock::time_point now = Clock::now();
  if (now - last_refused > kPatience) waiting_since = now;  // what was refused before has been had since
  last_refused = now;
  if (who_gives_back.load() > 0 && now - waiting_since < kPatience) {
    std::this_thread::sleep_for(kPause);
    return;
  }
  constexpr std::string_view kLine = "blipd: out of memory\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kLine.data(), kLine.size());
  ::_exit(1);
}

}  // namespace

void end_when_out_of_memory() { std::set_new_handler(on_refusal); }

MayRunOutOfMemory::MayRunOutOfMemory(bool gives_back)
    : before_(std::exchange(may_fail, true)), gives_back_(gives_back) {
  who_gives_back += gives_back_ ? 1 : 0;
}

MayRunOutOfMemory::~MayRunOutOfMemory() {
  who_gives_back -= gives_back_ ? 1 : 0;
  may_fail = before_;
}

}  // namespace blipd

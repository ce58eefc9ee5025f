#include "tests/lab/ending.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

namespace blipd::lab {
namespace {

constexpr Elapsed kChildPatience = std::chrono::seconds(10);

}  // namespace

Result<Descriptor> open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  Descriptor signals(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (signals.get() < 0) return Error{"signalfd: " + describe_errno(errno)};
  return signals;
}

void Ending::look(Elapsed now) {
  signalfd_siginfo info{};
  while (!status_ && read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    take(static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL, now);
  }
  if (kill_at_ && now >= *kill_at_) child_->signal(SIGKILL);
}

void Ending::take(int number, bool from_terminal, Elapsed now) {
  if (number == SIGCHLD) {
    if (child_ != nullptr) status_ = child_->ended();
    return;
  }
  if (child_ == nullptr) {
    status_ = 0;
    return;
  }
  // A key on the terminal reaches the child by itself, as it is in the same process group.
  if (!from_terminal) child_->signal(number);
  if (!kill_at_) kill_at_ = now + kChildPatience;
}

}  // namespace blipd::lab

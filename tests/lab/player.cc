#include "tests/lab/player.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "tests/lab/answer_queue.h"
#include "tests/lab/truth_writer.h"

namespace blipd::lab {
namespace {

using std::chrono::seconds;

// Reading stops this often to send what has become due.
constexpr int kReadsInARow = 64;
constexpr Elapsed kTruthInterval = seconds(1);
constexpr Elapsed kChildPatience = seconds(10);

class Loop {
 public:
  Loop(const Play& play, const Descriptor& signals)
      : play_(play), signals_(signals), truth_writer_(play.truth_path, play.seed) {}

  Result<int> run() {
    while (!status_) {
      if (auto waited = wait(); !waited) return waited.error();
      read_packets();
      tick();
      send_due();
      read_signals();
      if (now() >= next_truth_) {
        next_truth_ = now() + kTruthInterval;
        hand_over_truth(false);
      }
      if (kill_at_ && now() >= *kill_at_) play_.child->signal(SIGKILL);
    }
    hand_over_truth(true);
    return *status_;
  }

 private:
  Elapsed now() const { return std::chrono::steady_clock::now() - zero_; }

  Result<void> wait() {
    Elapsed until = next_truth_;
    if (!answers_.empty()) until = std::min(until, answers_.next_at());
    if (const auto timer = play_.networks.next_timer()) until = std::min(until, *timer);
    const Elapsed left = std::max(until - now(), Elapsed::zero());
    const timespec timeout{static_cast<time_t>(left / seconds(1)), static_cast<long>((left % seconds(1)).count())};
    std::array<pollfd, 2> watched{{{play_.tun.descriptor(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    if (ppoll(watched.data(), watched.size(), &timeout, nullptr) < 0 && errno != EINTR) {
      return Error{"poll: " + describe_errno(errno)};
    }
    return {};
  }

  void read_packets() {
    std::array<std::uint8_t, 2048> buffer{};
    for (int i = 0; i < kReadsInARow; ++i) {
      const auto packet = play_.tun.read(buffer);
      if (packet.empty()) return;
      planned_.clear();
      play_.networks.receive(packet, now(), planned_);
      queue_planned();
    }
  }

  void tick() {
    planned_.clear();
    play_.networks.tick(now(), planned_);
    queue_planned();
  }

  void queue_planned() {
    for (PlannedPacket& answer : planned_) answers_.push(std::move(answer));
  }

  void send_due() {
    const Elapsed time = now();
    while (const auto answer = answers_.pop_due(time)) {
      if (!play_.tun.write(answer->bytes)) ++play_.networks.truth().write_failures;
    }
  }

  void read_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      if (number == SIGCHLD) {
        if (play_.child != nullptr) status_ = play_.child->ended();
      } else if (play_.child == nullptr) {
        status_ = 0;
      } else {
        // A key on the terminal reaches the child by itself, as it is in the same process group.
        if (info.ssi_code != SI_KERNEL) play_.child->signal(number);
        if (!kill_at_) kill_at_ = now() + kChildPatience;
      }
      if (status_) return;
    }
  }

  void hand_over_truth(bool complete) {
    play_.networks.truth().device_drops = play_.tun.drops();
    truth_writer_.write(play_.networks.truth(), now(), complete);
  }

  const Play& play_;
  const Descriptor& signals_;
  TruthWriter truth_writer_;
  const std::chrono::steady_clock::time_point zero_ = std::chrono::steady_clock::now();
  Elapsed next_truth_{};
  std::optional<Elapsed> kill_at_;
  std::optional<int> status_;
  AnswerQueue answers_;
  std::vector<PlannedPacket> planned_;
};

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

Result<int> play(const Play& play, const Descriptor& signals) {
  // The default slack of 50 us would lie in every delay.
  prctl(PR_SET_TIMERSLACK, 1UL);
  return Loop(play, signals).run();
}

}  // namespace blipd::lab

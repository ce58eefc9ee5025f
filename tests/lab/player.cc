#include "tests/lab/player.h"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "tests/lab/answer_queue.h"
#include "tests/lab/ending.h"
#include "tests/lab/truth_writer.h"

namespace blipd::lab {
namespace {

using std::chrono::seconds;

// Reading stops this often to send what has become due.
constexpr int kReadsInARow = 64;
constexpr Elapsed kTruthInterval = seconds(1);
// The loop goes round at least this often; whoever comes round much later got no processor.
constexpr Elapsed kTurn = std::chrono::milliseconds(50);
constexpr Elapsed kLeastHoldUp = std::chrono::milliseconds(100);

class Loop {
 public:
  Loop(const Play& play, const Descriptor& signals)
      : play_(play), ending_(signals, play.child), truth_writer_(play.truth_path, play.seed) {}

  Result<int> run() {
    while (!ending_.status()) {
      if (auto waited = wait(); !waited) return waited.error();
      note_turn();
      read_packets();
      tick();
      send_due();
      ending_.look(now());
      if (now() >= next_truth_) {
        next_truth_ = now() + kTruthInterval;
        hand_over_truth(false);
      }
    }
    hand_over_truth(true);
    return *ending_.status();
  }

 private:
  Elapsed now() const { return std::chrono::steady_clock::now() - zero_; }

  Result<void> wait() {
    Elapsed until = std::min(next_truth_, now() + kTurn);
    if (!answers_.empty()) until = std::min(until, answers_.next_at());
    if (const auto timer = play_.networks.next_timer()) until = std::min(until, *timer);
    const Elapsed left = std::max(until - now(), Elapsed::zero());
    const timespec timeout{static_cast<time_t>(left / seconds(1)), static_cast<long>((left % seconds(1)).count())};
    std::array<pollfd, 2> watched{{{play_.tun.descriptor(), POLLIN, 0}, {ending_.descriptor(), POLLIN, 0}}};
    if (ppoll(watched.data(), watched.size(), &timeout, nullptr) < 0 && errno != EINTR) {
      return Error{"poll: " + describe_errno(errno)};
    }
    return {};
  }

  void note_turn() {
    const Elapsed time = now();
    auto& held_up = play_.networks.truth().held_up;
    if (time - turned_ >= kTurn + kLeastHoldUp) held_up.push_back({turned_, time});
    if (held_up.size() > kHoldUpsKept) held_up.pop_front();
    turned_ = time;
  }

  void read_packets() {
    std::array<std::uint8_t, kMtu> buffer{};
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

  void hand_over_truth(bool complete) {
    play_.networks.truth().device_drops = play_.tun.drops();
    truth_writer_.write(play_.networks.truth(), now(), complete);
  }

  const Play& play_;
  Ending ending_;
  TruthWriter truth_writer_;
  const std::chrono::steady_clock::time_point zero_ = std::chrono::steady_clock::now();
  Elapsed next_truth_{};
  Elapsed turned_{};
  AnswerQueue answers_;
  std::vector<PlannedPacket> planned_;
};

}  // namespace

Result<int> play(const Play& play, const Descriptor& signals) {
  // The default slack of 50 us would lie in every delay.
  prctl(PR_SET_TIMERSLACK, 1UL);
  return Loop(play, signals).run();
}

}  // namespace blipd::lab

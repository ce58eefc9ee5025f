#include "tests/lab/world/world_play.h"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "daemon/simulate/scenario.h"
#include "daemon/simulate/world.h"
#include "daemon/simulate/world_truth.h"
#include "tests/lab/ending.h"
#include "tests/lab/truth.h"
#include "tests/lab/world/answer_wheel.h"
#include "tests/lab/world/world_packets.h"

namespace blipd::lab {
namespace {

using std::chrono::seconds;

/// Reading stops this often to send what has become due.
constexpr int kReadsInARow = 64;
/// A child that was told to end is looked after this often, however many packets come.
constexpr Elapsed kLookInterval = seconds(1);

class Loop {
 public:
  Loop(World& world, Tun& tun, const Descriptor& signals, Child* child)
      : tun_(tun), packets_(world), ending_(signals, child) {}

  Result<int> run() {
    while (!ending_.status()) {
      if (auto waited = wait(); !waited) return waited.error();
      read_packets();
      send_due();
    }
    return *ending_.status();
  }

  /// What the lab adds to the truth, as a JSON member.
  std::string report() const {
    const PacketCounts& counts = packets_.counts();
    nlohmann::ordered_json lab;
    lab["began_s"] = std::chrono::duration<double>(began_.time_since_epoch()).count();
    lab["elapsed_s"] = to_seconds(now());
    lab["requests"] = counts.requests;
    lab["answers"] = counts.answers;
    lab["bad_checksum"] = counts.bad_checksum;
    lab["unknown_destination"] = counts.unknown_destination;
    lab["ignored"] = counts.ignored;
    lab["latest_s"] = to_seconds(latest_);
    lab["no_room"] = no_room_;
    lab["device_drops"] = tun_.drops();
    lab["write_failures"] = write_failures_;
    return "\"lab\":" + lab.dump();
  }

 private:
  Elapsed now() const { return std::chrono::steady_clock::now() - zero_; }

  Result<void> wait() {
    const Elapsed time = now();
    const Elapsed until = std::min(next_look_, wheel_.next_at().value_or(Elapsed::max()));
    const Elapsed left = std::max(until - time, Elapsed::zero());
    const timespec timeout{static_cast<time_t>(left / seconds(1)), static_cast<long>((left % seconds(1)).count())};
    std::array<pollfd, 2> watched{{{tun_.descriptor(), POLLIN, 0}, {ending_.descriptor(), POLLIN, 0}}};
    const int ready = ppoll(watched.data(), watched.size(), &timeout, nullptr);
    if (ready < 0 && errno != EINTR) return Error{"poll: " + describe_errno(errno)};
    if (watched[1].revents != 0 || time >= next_look_) {
      ending_.look(time);
      next_look_ = time + kLookInterval;
    }
    return {};
  }

  void read_packets() {
    for (int i = 0; i < kReadsInARow; ++i) {
      const auto packet = tun_.read(read_);
      if (packet.empty()) return;
      // Without room the packet is judged all the same, so that the truth does not depend on it.
      const auto room = wheel_.room();
      const auto answer = packets_.receive(packet, now(), room.empty() ? std::span(spare_) : room);
      if (!answer) continue;
      if (room.empty()) {
        ++no_room_;
      } else {
        wheel_.push(answer->size, answer->at);
      }
    }
  }

  void send_due() {
    const Elapsed time = now();
    if (const auto due = wheel_.next_at()) latest_ = std::max(latest_, time - *due);
    for (auto answer = wheel_.pop_due(time); !answer.empty(); answer = wheel_.pop_due(time)) {
      if (!tun_.write(answer)) ++write_failures_;
    }
  }

  Tun& tun_;
  WorldPackets packets_;
  Ending ending_;
  AnswerWheel wheel_;
  std::array<std::uint8_t, kMtu> read_{};
  std::array<std::uint8_t, kMtu> spare_{};
  Elapsed latest_{};
  Elapsed next_look_{};
  std::uint64_t no_room_ = 0;
  std::uint64_t write_failures_ = 0;
  const std::chrono::steady_clock::time_point zero_ = std::chrono::steady_clock::now();
  const WallTime began_ = std::chrono::system_clock::now();
};

}  // namespace

WorldPlay::WorldPlay(std::unique_ptr<World> world, Routing routing)
    : world_(std::move(world)), routing_(std::move(routing)) {}
WorldPlay::WorldPlay(WorldPlay&&) noexcept = default;
WorldPlay& WorldPlay::operator=(WorldPlay&&) noexcept = default;
WorldPlay::~WorldPlay() = default;

Result<WorldPlay> WorldPlay::load(const std::string& path, std::optional<std::uint64_t> seed,
                                  const std::string& vantage) {
  auto scenario = blipd::load_scenario(path);
  if (!scenario) return scenario.error();
  const std::uint64_t own_seed = scenario->seed;
  auto world = std::make_unique<World>(std::move(*scenario), seed.value_or(own_seed), vantage);
  auto routing = routing_of(*world);
  if (!routing) return routing.error();
  world->record(seconds(1));
  return WorldPlay(std::move(world), std::move(*routing));
}

Result<int> WorldPlay::play(Tun& tun, const Descriptor& signals, Child* child, const std::string& truth_path) {
  // The default slack of 50 us would lie in every delay.
  prctl(PR_SET_TIMERSLACK, 1UL);
  Loop loop(*world_, tun, signals, child);
  auto status = loop.run();
  if (!status || truth_path.empty()) return status;
  std::ostringstream truth;
  write_truth(truth, *world_, loop.report());
  if (auto written = write_file_atomically(truth_path, truth.str()); !written) return written.error();
  return status;
}

}  // namespace blipd::lab

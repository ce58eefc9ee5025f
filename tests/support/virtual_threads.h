// Several engines that share one daemon's work over one fake network, in virtual time and one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/engine/engine_share.h"
#include "tests/support/fake_network.h"

namespace blipd::test {

class VirtualThreads {
 public:
  VirtualThreads(const std::shared_ptr<const Config>& config, std::size_t count) : next_(count) {
    network.now = Instant(std::chrono::hours(1));
    start_ = network.now;
    for (const EngineSeat& seat : engine_seats(count)) {
      engines_.push_back(Engine::create(network.ports(), 7 + seat.index, seat));
    }
    reload(config);
  }
  void reload(const std::shared_ptr<const Config>& config) {
    Shares shares = share_out(*config, engines_.size(), seating);
    seating = shares.seating;
    for (std::size_t i = 0; i < engines_.size(); ++i) {
      auto prepared = engines_[i]->prepare_share(config, std::move(shares.engines[i]), network.now);
      engines_[i]->apply(std::move(*prepared), network.now);
      // They do not step in time.
      next_[i] = network.now + static_cast<Duration::rep>(i) * std::chrono::milliseconds(87);
    }
  }
  void run_for(Duration span) {
    const Instant end = network.now + span;
    while (network.now < end) {
      for (std::size_t i = 0; i < engines_.size(); ++i) {
        if (stalled && stalled(i)) continue;
        if (network.now >= next_[i] || network.now >= polled_ + std::chrono::milliseconds(5)) {
          sender = i;
          next_[i] = engines_[i]->step(network.now);
        }
      }
      if (network.now >= polled_ + std::chrono::milliseconds(5)) polled_ = network.now;
      network.now += std::chrono::milliseconds(1);
    }
  }
  Duration elapsed() const { return network.now - start_; }
  std::shared_ptr<Snapshot> snapshot(std::size_t engine) {
    return engines_[engine]->snapshot(
        network.now, WallTime{} + std::chrono::duration_cast<WallTime::duration>(network.now.time_since_epoch()));
  }
  Engine& engine(std::size_t i) { return *engines_[i]; }
  NetworkSnapshot of(const std::string& name) {
    const std::shared_ptr<Snapshot> part = snapshot(seating.at(name));
    for (const NetworkSnapshot& n : part->networks) {
      if (n.name == name) return n;
    }
    return {};
  }
  /// As they were told, each once: the newest state of each.
  std::vector<Event> events() const {
    std::vector<Event> newest;
    for (const Event& event : network.events) {
      const auto known = std::find_if(newest.begin(), newest.end(), [&](const Event& e) { return e.id == event.id; });
      if (known == newest.end()) {
        newest.push_back(event);
      } else {
        *known = event;
      }
    }
    return newest;
  }

  FakeNetwork network;
  std::size_t sender = 0;  ///< the engine that is stepping
  std::function<bool(std::size_t engine)> stalled;
  Seating seating;

 private:
  std::vector<std::unique_ptr<Engine>> engines_;
  std::vector<Instant> next_;
  Instant polled_{};
  Instant start_{};
};

}  // namespace blipd::test

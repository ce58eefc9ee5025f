// What the baselines ask: one echo request at a time of a network whose truth is known.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/simulate/score.h"
#include "probes/clock.h"

namespace blipd::bench {

/// `after` has a meaning only with a reply: from send to receive. Who asked decides whether that was in time.
struct EchoResult {
  bool reply = false;
  Duration after{};
};

class Asked {
 public:
  virtual ~Asked() = default;
  /// An echo request sent at `at`, counted from the start; of one network `at` never goes back.
  virtual EchoResult ask(std::size_t network, std::size_t host, Duration at) = 0;
};

struct AskedNetwork {
  std::size_t number = 0;  ///< as `ask` wants it
  std::string name;
  std::vector<std::size_t> prefix_of_host;  ///< one entry for each host: which of the network's /24 it is in
  std::size_t hosts() const { return prefix_of_host.size(); }
};

/// Passes on, and counts what is sent to whom.
class CountedAsked final : public Asked {
 public:
  /// Both must outlive it; `networks` in the order of their numbers.
  CountedAsked(Asked& behind, const std::vector<AskedNetwork>& networks) : behind_(behind), networks_(networks) {}

  EchoResult ask(std::size_t network, std::size_t host, Duration at) override {
    ++by_network_[network];
    ++by_prefix_[{network, networks_[network].prefix_of_host[host]}];
    return behind_.ask(network, host, at);
  }

  /// Means over a run of this length.
  Traffic traffic(Duration length) const {
    Traffic t;
    for (const auto& [network, probes] : by_network_) {
      t.probes += probes;
      t.busiest_network_per_hour =
          std::max(t.busiest_network_per_hour, static_cast<double>(probes) * 3600 / to_seconds(length));
    }
    for (const auto& [prefix, probes] : by_prefix_) {
      t.busiest_prefix_per_second =
          std::max(t.busiest_prefix_per_second, static_cast<double>(probes) / to_seconds(length));
    }
    return t;
  }

 private:
  Asked& behind_;
  const std::vector<AskedNetwork>& networks_;
  std::map<std::size_t, std::uint64_t> by_network_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> by_prefix_;
};

}  // namespace blipd::bench

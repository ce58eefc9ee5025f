// B1: Trinocular (L. Quan, J. Heidemann, Y. Pradkin, "Trinocular: Understanding Internet Reliability Through Adaptive
// Probing", SIGCOMM 2013).
//
// Published: rounds of 660 s; one probe of a block in each, and up to 14 more, each to the block's next address in a
// fixed random order, while its answers move the belief towards uncertainty; a timeout of 3 s; the belief that the
// block is up is updated by Bayes' rule from its long-term availability A, a packet loss of 0.01 and 256 addresses,
// kept in [0.01, 0.99], begins at 0.99; below 0.1 is down, above 0.9 up; a budget that is spent without a verdict
// leaves 0.5; of a block that is down ceil(ln 0.2 / ln (1 - A)) recovery probes are sent in the first four rounds, the
// eighth, and each sixteenth.
//
// Chosen: the network is the block (a curated network of sixteen hosts is what the paper asks of a /24). A is given,
// 0.98 for curated hosts. With eight hosts or fewer, P(answer | down) = 0.99 / 256 gives way to a fixed rate of stray
// answers, 1e-4, because it is the number of addresses that gives the published one its meaning. Adaptive probes follow
// at once on the end of the one before. Recovery probes are sent after the round's own until one is answered. An outage
// stays open while the belief is uncertain.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "tests/bench/detection/baseline.h"
#include "tests/bench/detection/episodes.h"

namespace blipd::bench {

enum class Verdict { up, down, uncertain };

/// How far a block is believed to be down.
class Belief {
 public:
  Belief(double availability, std::size_t hosts);
  void update(bool answered);
  void give_up() { down_ = 0.5; }
  double down() const { return down_; }
  Verdict verdict() const;

 private:
  double answer_if_up_;
  double answer_if_down_;
  double down_ = 0.01;
};

struct TrinocularSettings {
  Duration round = std::chrono::seconds(660);
  Duration timeout = std::chrono::seconds(3);
  unsigned adaptive = 14;
  double availability = 0.98;
};

/// One block, probe by probe, so that several can share a clock.
class TrinocularBlock {
 public:
  TrinocularBlock(const TrinocularSettings& settings, std::vector<std::size_t> hosts, Duration phase);
  /// When its next probe goes out; never goes back.
  Duration due() const { return due_; }
  /// Sends that probe to a host of `network` and returns when its outcome, and the verdict, became known.
  Duration step(Asked& asked, const AskedNetwork& network);
  Verdict verdict() const { return belief_.verdict(); }
  const Edges& edges() const { return edges_; }

 private:
  bool goes_on(bool answered);
  unsigned recovery_probes() const;

  TrinocularSettings settings_;
  std::vector<std::size_t> hosts_;  ///< in the order of asking
  Belief belief_;
  Edges edges_;
  Duration round_;  ///< start of the current one
  Duration due_;
  std::size_t next_host_ = 0;
  unsigned sent_ = 0;  ///< in this round
  unsigned recovery_ = 0;
  unsigned rounds_down_ = 0;  ///< since it was up
};

class Trinocular final : public Baseline {
 public:
  explicit Trinocular(TrinocularSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "B1 Trinocular"; }
  std::vector<Event> watch(Asked& asked, const AskedNetwork& network, const Run& run) const override;

 private:
  TrinocularSettings settings_;
};

/// A permutation of the hosts that depends on the run's seed and the network's name.
std::vector<std::size_t> shuffled(std::vector<std::size_t> hosts, const Run& run, const AskedNetwork& network);

}  // namespace blipd::bench

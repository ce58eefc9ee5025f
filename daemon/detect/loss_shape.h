// How losses lie in the sequence of probes: each by itself, or in bursts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daemon/store/event.h"
#include "daemon/store/snapshot.h"

namespace blipd {

/// Counts of pairs of neighbours in the sequence: a simple Gilbert model (E. N. Gilbert, Bell System Technical Journal
/// 39, 1960) is fitted to them.
class LossTransitions {
 public:
  void add(bool lost);
  /// The next ones are no neighbours of those before; this one is counted in no pair, run or share.
  void begin_anew(bool lost) { last_ = lost ? Last::loss : Last::reply; }
  void clear() { *this = LossTransitions(); }

  std::uint64_t probes() const { return probes_; }
  std::uint64_t losses() const { return losses_; }
  /// The mean run of losses over what it would be if they were independent, 1 / (1 - loss) (J. McGowan, "Burst ratio: a
  /// measure of bursty loss on packet-based networks", 2005): 1 is random, more is bursty. Nullopt with under 10 losses
  /// or without a reply.
  std::optional<double> burst_ratio() const;
  /// Of a loss with the next probe: daemon/store/loss_pairs.h.
  double correlation() const;
  /// Bursty if the test for independence, G^2 = 2 sum n_ij ln(n_ij N / (n_i. n_.j)) ~ chi^2(1), is beyond 6.63 (1 %)
  /// and a loss makes the next one likelier. Unknown under 100 probes or 10 losses.
  LossPattern pattern() const { return pattern(100, 10); }
  /// The same from fewer, where the probes lie close together.
  LossPattern pattern(std::uint64_t least_probes, std::uint64_t least_losses) const;

 private:
  enum class Last : std::uint8_t { none, reply, loss };

  std::array<std::array<std::uint64_t, 2>, 2> pairs_{};  ///< [lost before][lost]
  std::uint64_t probes_ = 0;
  std::uint64_t losses_ = 0;
  std::uint64_t runs_ = 0;  ///< of losses
  Last last_ = Last::none;
};

/// Lengths of runs of losses, and how losses of the last half hour to hour lie. Probing thread only.
class LossRuns {
 public:
  void add(bool lost, Instant sent);
  const LossRunHistogram& runs() const { return runs_; }
  std::optional<double> burst_ratio() const;
  LossPattern pattern() const;
  double correlation() const;

 private:
  std::uint64_t run_ = 0;
  LossRunHistogram runs_;
  LossTransitions current_;
  LossTransitions previous_;
  Instant turned_{};
};

}  // namespace blipd

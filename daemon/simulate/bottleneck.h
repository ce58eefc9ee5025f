// A congested link as a fluid: what is offered beyond the capacity fills the queue, and what does not fit into the
// queue is lost. So delay rises first and loss follows when the queue is full. In front of the fluid stands the queue
// that bursts of real traffic make below full load, which grows as load / (capacity - load).
#pragma once

#include "daemon/simulate/scenario.h"
#include "probes/clock.h"

namespace blipd {

/// A pure function of time; all times count from the start of the ramp.
class Bottleneck {
 public:
  Bottleneck() = default;
  /// `spec` outlives it.
  explicit Bottleneck(const CongestionSpec& spec);

  /// Offered load in units of the capacity.
  double load_at(Duration at) const;
  /// Waiting time of a packet.
  Duration queue_at(Duration at) const;
  /// Probability that a packet is lost: max(0, 1 - capacity / load) while the queue is full.
  double loss_at(Duration at) const;

  /// The end of ramp, hold and fall.
  Duration end() const;
  struct Summary {
    Duration start{};  ///< of the loss; without loss, of a queue longer than a tenth of the buffer; else of the ramp
    Duration end{};    ///< likewise
    double loss = 0;   ///< mean from start to end
  };
  Summary summarise() const;

 private:
  /// Of the fluid alone, in seconds.
  double fluid_at(double at) const;
  /// What the fluid's queue gains from the start of the overload to `at` (later than its end: loses again), unbounded.
  double excess(double from, double to) const;

  const CongestionSpec* spec_ = nullptr;
  double overload_from_ = 0;  ///< when the load passes the capacity, in seconds; both 0: never
  double overload_to_ = 0;
};

}  // namespace blipd

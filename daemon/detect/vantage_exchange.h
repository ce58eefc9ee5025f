// One vantage for several probing threads.
//
// The first of them asks the references and reaches the verdict for all. It publishes a copy of what it knows with each
// judgement, four times a second, and the others judge by that copy; what they see themselves they tell it at the same
// pace. Nothing of this happens per probe.
//
// A copy is up to two judgements old. Two things keep that from being taken for the network's fault. Whoever follows
// books no further than the copy reaches: as of the moment at which the verdict was judged, so that a verdict that is
// late, or does not come, holds the books up and changes nothing in them. And an outage is only told of probes up to
// `confirmed_until`, which an older copy puts earlier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "daemon/detect/common_silence.h"
#include "daemon/detect/vantage.h"
#include "probes/clock.h"

namespace blipd {

/// What one thread knows that the verdict rests on.
struct VantageEvidence {
  struct Sends {
    Instant second{};
    std::uint64_t tried = 0;
    std::uint64_t refused = 0;
  };

  struct Fault {
    Instant from{};
    Instant to{};
  };

  std::vector<Sends> sends;   ///< since it was last told, by second
  std::vector<Fault> faults;  ///< of our own side, since it was last told
  SilenceTally silence;       ///< of its networks, now; without references
  bool curious = false;       ///< it doubts a network, and the references are to be asked at once

  void add_sends(Instant at, std::uint64_t tried, std::uint64_t refused);
  void add_fault(Instant from, Instant to);
  /// What has been told is not told again.
  void clear();
};

struct VantageVerdict {
  Vantage vantage;      ///< as the first thread left it
  Instant judged{};     ///< what was sent and had ended kHold before then may be booked by it
  Instant ill_since{};  ///< the beginning of the newest trouble
};

/// Any thread.
class VantageExchange {
 public:
  explicit VantageExchange(std::size_t threads) : told_(threads) {}

  /// By the first thread, with each judgement.
  void publish(VantageVerdict verdict);
  /// The newest; null before the first.
  std::shared_ptr<const VantageVerdict> verdict() const;

  /// By thread `thread`, with each of its judgements.
  void tell(std::size_t thread, const VantageEvidence& evidence);
  /// What the others have told, of each what came since the last call. `silence` is the newest of each, told again or
  /// not. By the first thread.
  std::vector<VantageEvidence> take();

 private:
  mutable std::mutex mutex_;  // guards both below; held while a pointer changes place or a few numbers are copied
  std::shared_ptr<const VantageVerdict> verdict_;
  std::vector<VantageEvidence> told_;  ///< by thread
};

}  // namespace blipd

// Probes on their way.
//
// All probes with one timeout share a lane. Inside a lane probes stand in the order they were sent, which is also the
// order in which they time out and in which they are booked; so three cursors over one ring do what a table of timers
// and a table of pending requests would do, without a search, an allocation or a system call per probe:
//
//      booked        timed out, held       in flight
//   ...........|.......................|..................|
//            book_                  expire_             next_
//
// A probe is judged twice. At its soft deadline, at its timeout at the latest, or when an answer says it failed, it is
// a suspect: detection may act on it, and takes it back if an answer still comes. Soft deadlines are one of eight steps
// with a queue each, so that these stand in the order of their ends as well. Five seconds after its timeout the verdict
// on our own vantage for its send time is in, and it is booked, once and for ever, as failure or as void. Replies are
// booked when they come. The entry carries everything an answer has to be compared with, and the answer carries the
// entry's slot: lane in the upper 8 bits, sequence number in the lower 24.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/ring_queue.h"
#include "daemon/store/snapshot.h"
#include "probes/clock.h"
#include "probes/fetch.h"
#include "probes/prober.h"

namespace blipd {

/// How long a failure waits for the vantage's verdict before it is booked.
inline constexpr Duration kHold = std::chrono::seconds(5);

/// After which a probe without an answer is a suspect. A lane uses those below its timeout.
inline constexpr std::array<Duration, 8> kSoftDeadlines{
    std::chrono::milliseconds(1000), std::chrono::milliseconds(1200), std::chrono::milliseconds(1400),
    std::chrono::milliseconds(1700), std::chrono::milliseconds(2000), std::chrono::milliseconds(2300),
    std::chrono::milliseconds(2600), std::chrono::milliseconds(3000)};

enum class FlightState : std::uint8_t {
  in_flight,
  replied,
  suspect,  ///< timed out, not booked yet
  failed,   ///< answered, and the answer is a failure; not booked yet
  ended,    ///< booked as failure or void
};

struct Flight {
  Instant sent{};
  TargetNumber number;
  FlightSlot slot = 0;
  FlightState state = FlightState::in_flight;
  Purpose purpose = Purpose::background;
  FailureReason reason = FailureReason::timeout;  ///< should it be booked as a failure
  bool local_fault = false;  ///< an ICMP error made by our own kernel quoted this probe: our route, not the network
  bool answered_late = false;
  bool suspected = false;  ///< detection has been told that no answer came
};

/// One lane. Probing thread only. Holds at most 2^23 probes at once.
class FlightLane {
 public:
  /// `id` is 1 to 255.
  FlightLane(std::uint8_t id, Duration timeout);

  Duration timeout() const { return timeout_; }
  std::uint8_t id() const { return id_; }

  /// A new flight, in flight, `sent` unset until the batch has gone. Null when the lane is full. The reference is good
  /// until the next `push`.
  Flight* push(TargetNumber number, Purpose purpose);
  /// The flight of that slot, booked or not, as long as nothing has taken its place. Null otherwise.
  Flight* find(FlightSlot slot);
  /// Fetches what `find` will look at.
  void fetch(FlightSlot slot) const { blipd::fetch(&ring_[slot & (ring_.size() - 1)]); }

  /// The flight has been sent: it becomes a suspect after `soft`, rounded up to one of kSoftDeadlines, if that is
  /// before its timeout.
  void watch(const Flight& flight, Duration soft);
  /// Calls `on_suspect(Flight&)` for every unanswered flight whose soft deadline lies before `now`.
  template <class OnSuspect>
  void expire_softly(Instant now, OnSuspect&& on_suspect) {
    for (std::size_t step = 0; step < watched_.size(); ++step) {
      RingQueue<Watched>& queue = watched_[step];
      while (!queue.empty() && queue.front().sent + kSoftDeadlines[step] < now) {
        Flight* const flight = find(queue.front().slot);
        queue.pop_front();
        if (flight == nullptr || flight->state != FlightState::in_flight || flight->suspected) continue;
        flight->suspected = true;
        on_suspect(*flight);
      }
    }
  }
  /// Calls `on_suspect(Flight&)` for every unanswered flight sent before `now - timeout`, oldest first.
  template <class OnSuspect>
  void expire(Instant now, OnSuspect&& on_suspect) {
    for (; expire_ != next_; ++expire_) {
      Flight& flight = at(expire_);
      if (flight.state != FlightState::in_flight) continue;
      if (flight.sent + timeout_ >= now) break;
      flight.state = FlightState::suspect;
      on_suspect(flight);
    }
  }
  /// Calls `on_final(Flight&)` for every flight sent before `now - timeout - kHold`, oldest first, whatever its state.
  template <class OnFinal>
  void book(Instant now, OnFinal&& on_final) {
    for (; book_ != expire_; ++book_) {
      Flight& flight = at(book_);
      if (flight.sent + timeout_ + kHold >= now) break;
      on_final(flight);
    }
  }
  /// Calls `visit(Flight&)` for every flight not booked yet.
  template <class Visit>
  void for_each_open(Visit&& visit) {
    for (std::uint64_t i = book_; i != next_; ++i) visit(at(i));
  }
  /// When `expire` or `expire_softly` has something to do next, if anything is in flight.
  std::optional<Instant> next_expiry();
  bool empty() const { return book_ == next_; }

 private:
  struct Watched {
    Instant sent{};
    FlightSlot slot = 0;
  };

  Flight& at(std::uint64_t index) { return ring_[index & (ring_.size() - 1)]; }
  const Flight& at(std::uint64_t index) const { return ring_[index & (ring_.size() - 1)]; }
  void grow();

  std::uint8_t id_;
  Duration timeout_;
  std::vector<Flight> ring_;  ///< size is a power of two
  std::uint64_t next_ = 0;
  std::uint64_t expire_ = 0;
  std::uint64_t book_ = 0;
  std::array<RingQueue<Watched>, kSoftDeadlines.size()> watched_;  ///< by step, oldest first
};

constexpr std::uint8_t lane_of(FlightSlot slot) { return static_cast<std::uint8_t>(slot >> 24U); }

}  // namespace blipd

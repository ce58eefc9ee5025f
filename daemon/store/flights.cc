#include "daemon/store/flights.h"

namespace blipd {
namespace {

constexpr std::size_t kFirstSize = 64;
// Half of the 24-bit sequence space, so that a slot is never met twice among open flights.
constexpr std::size_t kMostOpen = std::size_t{1} << 23U;
constexpr std::uint64_t kSequenceMask = (1U << 24U) - 1;

}  // namespace

FlightLane::FlightLane(std::uint8_t id, Duration timeout) : id_(id), timeout_(timeout), ring_(kFirstSize) {}

Flight* FlightLane::push(TargetNumber number, Purpose purpose) {
  if (next_ - book_ == ring_.size()) {
    if (ring_.size() == kMostOpen) return nullptr;
    grow();
  }
  Flight& flight = at(next_);
  flight = {};
  flight.number = number;
  flight.purpose = purpose;
  flight.slot = static_cast<FlightSlot>((std::uint32_t{id_} << 24U) | (next_ & kSequenceMask));
  ++next_;
  return &flight;
}

Flight* FlightLane::find(FlightSlot slot) {
  // The ring's size divides 2^24, so the sequence number alone leads to the entry. Lane numbers begin at 1: an entry
  // that was never used has slot 0 and matches nothing.
  Flight& flight = at(slot & kSequenceMask);
  return flight.slot == slot ? &flight : nullptr;
}

void FlightLane::watch(const Flight& flight, Duration soft) {
  std::size_t step = 0;
  while (step < kSoftDeadlines.size() && kSoftDeadlines[step] < soft) ++step;
  if (step == kSoftDeadlines.size() || kSoftDeadlines[step] >= timeout_) return;
  watched_[step].push_back({flight.sent, flight.slot});
}

std::optional<Instant> FlightLane::next_expiry() {
  std::optional<Instant> next;
  for (; expire_ != next_; ++expire_) {
    if (at(expire_).state == FlightState::in_flight) {
      next = at(expire_).sent + timeout_;
      break;
    }
  }
  for (std::size_t step = 0; step < watched_.size(); ++step) {
    RingQueue<Watched>& queue = watched_[step];
    for (; !queue.empty(); queue.pop_front()) {
      const Flight* const flight = find(queue.front().slot);
      if (flight == nullptr || flight->state != FlightState::in_flight) continue;
      const Instant at = queue.front().sent + kSoftDeadlines[step];
      if (!next || at < *next) next = at;
      break;
    }
  }
  return next;
}

void FlightLane::grow() {
  std::vector<Flight> larger(ring_.size() * 2);
  for (std::uint64_t i = book_; i != next_; ++i) larger[i & (larger.size() - 1)] = at(i);
  ring_ = std::move(larger);
}

}  // namespace blipd

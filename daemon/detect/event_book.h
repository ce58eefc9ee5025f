// The events of all networks, and our own: what is open, how many have ended, and who is told.
//
// At most one event of a network is open. While nothing is known of a network its event stays open: silence of ours is
// no end of theirs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "daemon/detect/border.h"
#include "daemon/store/event.h"
#include "probes/clock.h"

namespace blipd {

/// Probing thread only. Pure.
class EventBook {
 public:
  /// `told` is called when an event opens, when what it says of class, cause or pattern has changed, once a minute
  /// while it is open, and when it has ended.
  /// Ids are `first_id`, `first_id` + `step` and so on, so that several books can share out the numbers.
  explicit EventBook(std::function<void(const Event&)> told, std::uint64_t first_id = 1, std::uint64_t step = 1)
      : told_(std::move(told)), next_id_(first_id), step_(step) {}

  /// What is known now of the trouble of this network; opens an event if none is open. `network`, `id` and
  /// `detected_at` of `event` are set by the book.
  void update(const std::string& network, Event event, Instant now);
  /// The trouble is over: `event.end` is set. Opens one first if none is open.
  void close(const std::string& network, Event event, Instant now);
  /// Nobody is left who could say more of it: it ends as it was told last.
  void end(const std::string& network, Instant now);
  /// The network is not watched any more.
  void abandon(const std::string& network, Instant now);
  /// The verdict on our own vantage, at each turn; `turned` is when it began to hold. What falls ill again within half
  /// a minute was ill all the while, and so is what is not `settled` yet.
  void on_vantage(bool ok, const Border& turned, bool settled, Instant now);

  /// Null if none is open.
  const Event* open(const std::string& network) const;
  const Event* open_vantage() const { return vantage_ ? &*vantage_ : nullptr; }
  /// Ended and not taken back, by class.
  std::array<std::uint64_t, kEventClasses> ended(const std::string& network) const;
  std::uint64_t ended_vantage() const { return ended_vantage_; }

 private:
  struct Network {
    std::optional<Event> open;
    Instant told{};
    std::array<std::uint64_t, kEventClasses> ended{};
  };

  void tell(Network& network, Instant now);
  std::uint64_t take_id() { return std::exchange(next_id_, next_id_ + step_); }

  std::function<void(const Event&)> told_;
  std::uint64_t next_id_;
  const std::uint64_t step_;
  std::map<std::string, Network> networks_;
  std::optional<Event> vantage_;
  std::optional<Border> well_since_;  ///< while its event is still open
  std::uint64_t ended_vantage_ = 0;
};

}  // namespace blipd

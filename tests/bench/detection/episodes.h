// From a baseline's verdicts to events.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/event.h"
#include "probes/clock.h"

namespace blipd::bench {

/// A boundary lies between these two send times.
struct Between {
  Duration from{};
  Duration to{};
};

/// Remembers between which probes silence began and ended. Told in the order in which outcomes become known, which is
/// not that of the sends.
class Edges {
 public:
  void note(Duration sent, bool reply);
  /// From the newest reply to the first loss after it.
  Between silence_began() const;
  /// From the last loss before the first reply that followed one, to that reply.
  Between silence_ended() const { return ended_; }

 private:
  std::optional<Duration> newest_reply_;
  std::deque<Duration> losses_;  ///< sent after the newest reply, sorted
  Between ended_;
};

/// The events of one network. Boundaries are put in the middle of what they lie between, as the published systems' half
/// a round of uncertainty has it; what ended within two minutes is called a blip, because blipd calls it so.
class Episodes {
 public:
  Episodes(std::string network, Instant begin) : network_(std::move(network)), begin_(begin) {}

  bool is_open() const { return !events_.empty() && !events_.back().end; }
  /// Nothing if one is open.
  void open(EventClass event_class, Between onset, Duration told);
  /// Gives the open event another class.
  void rename(EventClass event_class);
  /// Nothing if none is open.
  void close(Between offset);
  std::vector<Event> take() { return std::move(events_); }

 private:
  Instant middle(Between b) const { return begin_ + b.from + (b.to - b.from) / 2; }

  std::string network_;
  Instant begin_;
  std::vector<Event> events_;
};

}  // namespace blipd::bench

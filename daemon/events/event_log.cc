#include "daemon/events/event_log.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace blipd {
namespace {

/// More than slewing a clock comes to while an event is open, and than reading two clocks one after the other blurs.
constexpr auto kClockSet = std::chrono::seconds(2);

/// Milliseconds since 1970 times a thousand: two runs share an id only if the first told more than a thousand events
/// for each millisecond it ran.
std::uint64_t first_id_of(WallTime started) {
  const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(started.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0)) * 1000;
}

WallTime::duration wall(Duration d) { return std::chrono::duration_cast<WallTime::duration>(d); }

/// How far the wall clock was set since the event's start was told.
WallTime::duration step_since(const LoggedEvent& event, const WallAnchor& anchor) {
  const WallTime::duration step = anchor.at(event.facts.detected_at) - event.detected_at;
  return std::chrono::abs(step) >= kClockSet ? step : WallTime::duration{};
}

/// Whether a network is known to be well; the vantage where `name` is empty. Nullopt: nobody watches it.
std::optional<bool> known_well(const Snapshot& snapshot, const std::string& name) {
  if (name.empty()) {
    if (snapshot.references.empty()) return std::nullopt;
    return snapshot.vantage_ok && std::any_of(snapshot.references.begin(), snapshot.references.end(),
                                              [](const ReferenceSnapshot& r) { return r.responding; });
  }
  const auto network = std::find_if(snapshot.networks.begin(), snapshot.networks.end(),
                                    [&](const NetworkSnapshot& n) { return n.name == name; });
  if (network == snapshot.networks.end()) return std::nullopt;
  return network->state == State::up;
}

void sort_by_start(std::vector<LoggedEventPtr>& events) {
  std::sort(events.begin(), events.end(), [](const LoggedEventPtr& a, const LoggedEventPtr& b) {
    return a->start != b->start ? a->start < b->start : a->id < b->id;
  });
}

}  // namespace

EventLog::EventLog(const Options& options)
    : started_(options.started),
      first_id_(first_id_of(options.started)),
      kept_(std::max<std::size_t>(options.kept, 1)),
      recorder_(options.recorder),
      source_(options.source),
      complete_since_(options.started) {}

void EventLog::restore(const std::vector<CarriedEvent>& carried) {
  const std::lock_guard lock(mutex_);
  for (const CarriedEvent& event : carried) {
    carried_.insert_or_assign(event.event.facts.network, event);
    events_.insert_or_assign(event.event.id, std::make_shared<const LoggedEvent>(event.event));
  }
}

std::vector<EventChange> EventLog::apply(const Event& event, const std::string& vantage, const WallAnchor& anchor) {
  std::vector<EventChange> changes;
  if (const auto carried = carried_.find(event.network); carried != carried_.end()) {
    if (goes_on_as(carried->second, event)) {
      continued_.emplace(event.id, carried->second);
    } else {
      changes.push_back(keep(close_event(carried->second, std::max(anchor.at(event.start), started_), started_)));
    }
    carried_.erase(carried);
  }
  if (const auto before = continued_.find(event.id); before != continued_.end()) {
    changes.push_back(keep(continue_event(before->second, event, started_, anchor)));
  } else {
    changes.push_back(keep(told(event, vantage, anchor)));
  }
  return changes;
}

std::vector<EventChange> EventLog::settle(const Snapshot& snapshot) {
  std::vector<EventChange> changes;
  for (auto carried = carried_.begin(); carried != carried_.end();) {
    const std::optional<bool> well = known_well(snapshot, carried->first);
    if (well && !*well) {
      ++carried;
      continue;
    }
    const WallTime known_over = well ? snapshot.taken : carried->second.watched_until;
    changes.push_back(keep(close_event(carried->second, known_over, started_)));
    settled_.insert_or_assign(carried->first, *changes.back().now->end);
    carried = carried_.erase(carried);
  }
  return changes;
}

LoggedEventPtr EventLog::known(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = events_.find(id);
  return found == events_.end() ? nullptr : found->second;
}

LoggedEvent EventLog::told(const Event& event, const std::string& vantage, const WallAnchor& anchor) const {
  LoggedEvent now;
  now.id = first_id_ + event.id;
  now.facts = event;
  const LoggedEventPtr before = known(now.id);
  if (!before) {
    now.vantage = vantage;
    now.start = anchor.at(event.start);
    now.detected_at = anchor.at(event.detected_at);
    // The end of what the last run left open is a guess between two moments; what was seen to begin there begins after.
    const auto settled = settled_.find(event.network);
    if (settled != settled_.end() && now.start < settled->second) {
      now.facts.start_uncertainty += settled->second - now.start;
      now.start = settled->second;
    }
  } else {
    now.vantage = before->vantage;
    const WallTime::duration stepped = before->end ? WallTime::duration{} : step_since(*before, anchor);
    now.start = before->start + wall(event.start - before->facts.start) + stepped;
    now.detected_at = before->detected_at + stepped;
  }
  if (!event.end) return now;
  const bool ended = before && before->end;
  const WallTime end = ended ? *before->end + wall(*event.end - *before->facts.end) : anchor.at(*event.end);
  // Each anchor reads two clocks one after the other, so that one moment can become two.
  now.end = std::max(end, now.start);
  return now;
}

EventChange EventLog::keep(LoggedEvent event) {
  EventChange change;
  change.before = known(event.id);
  if (change.before && change.before->end && !event.end) {
    event.end = change.before->end;
    event.facts.end = change.before->facts.end;
    event.facts.end_uncertainty = change.before->facts.end_uncertainty;
  }
  change.now = std::make_shared<const LoggedEvent>(std::move(event));
  {
    const std::lock_guard lock(mutex_);
    events_.insert_or_assign(change.now->id, change.now);
    if (change.now->end && !(change.before && change.before->end)) ended_.push_back(change.now->id);
    while (ended_.size() > kept_) {
      const auto oldest = events_.find(ended_.front());
      complete_since_ = std::max(complete_since_, *oldest->second->end);
      events_.erase(oldest);
      ended_.pop_front();
    }
  }
  if (recorder_ != nullptr) recorder_->record(change.now);
  return change;
}

Result<std::vector<LoggedEventPtr>> EventLog::find(const EventQuery& query) const {
  std::vector<LoggedEventPtr> found;
  bool reaches = true;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, event] : events_) {
      if (query.matches(*event)) found.push_back(event);
    }
    reaches = query.since && *query.since > complete_since_;
  }
  if (source_ != nullptr && !reaches) {
    Result<std::vector<LoggedEventPtr>> older = source_->find(query);
    if (older.has_error()) return older.error();
    // Memory is ahead of what has been written, also of what it says is over by now.
    const std::lock_guard lock(mutex_);
    for (LoggedEventPtr& event : older.value()) {
      if (!events_.contains(event->id)) found.push_back(std::move(event));
    }
  }
  sort_by_start(found);
  if (found.size() > query.limit) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(query.limit));
  return found;
}

std::vector<LoggedEventPtr> EventLog::open() const {
  std::vector<LoggedEventPtr> found;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, event] : events_) {
      if (!event->end) found.push_back(event);
    }
  }
  sort_by_start(found);
  return found;
}

std::vector<LoggedEventPtr> EventLog::ended(std::size_t most) const {
  std::vector<LoggedEventPtr> found;
  const std::lock_guard lock(mutex_);
  for (auto id = ended_.rbegin(); id != ended_.rend() && found.size() < most; ++id) found.push_back(events_.at(*id));
  return found;
}

}  // namespace blipd

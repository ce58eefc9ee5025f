#include "daemon/detect/event_book.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace blipd {
namespace {

constexpr Duration kTellAgain = std::chrono::minutes(1);
/// Our own side has to be well for so long before its trouble is over.
constexpr Duration kWellFor = std::chrono::seconds(30);

/// `event` is what is told now of `known`. It may be told by another module, in which it began later.
void go_on(const Event& known, Event& event) {
  event.id = known.id;
  event.detected_at = known.detected_at;
  if (event.start <= event.detected_at) return;
  event.start = known.start;
  event.start_uncertainty = known.start_uncertainty;
}

}  // namespace

void EventBook::tell(Network& network, Instant now) {
  network.told = now;
  told_(*network.open);
}

void EventBook::update(const std::string& network, Event event, Instant now) {
  Network& known = networks_[network];
  const bool news = !known.open || known.open->event_class != event.event_class || known.open->cause != event.cause ||
                    known.open->pattern != event.pattern;
  if (known.open) {
    go_on(*known.open, event);
  } else {
    event.id = take_id();
    // The episode may be older: another module of the network was answered until now.
    event.detected_at = now;
  }
  event.network = network;
  known.open = std::move(event);
  if (news || now - known.told >= kTellAgain) tell(known, now);
}

void EventBook::close(const std::string& network, Event event, Instant now) {
  if (open(network) == nullptr) {
    Event opened = event;
    opened.end.reset();
    update(network, std::move(opened), now);
  }
  Network& known = networks_[network];
  go_on(*known.open, event);
  event.network = network;
  event.end = std::max(*event.end, event.start);
  known.open = std::move(event);
  if (!known.open->evidence.retracted) ++known.ended[static_cast<std::size_t>(known.open->event_class)];
  tell(known, now);
  known.open.reset();
}

void EventBook::end(const std::string& network, Instant now) {
  const Event* const known = open(network);
  if (known == nullptr) return;
  Event event = *known;
  event.end = now;
  close(network, std::move(event), now);
}

void EventBook::abandon(const std::string& network, Instant now) {
  end(network, now);
  networks_.erase(network);
}

const Event* EventBook::open(const std::string& network) const {
  const auto known = networks_.find(network);
  return known == networks_.end() || !known->second.open ? nullptr : &*known->second.open;
}

std::array<std::uint64_t, kEventClasses> EventBook::ended(const std::string& network) const {
  const auto known = networks_.find(network);
  return known == networks_.end() ? std::array<std::uint64_t, kEventClasses>{} : known->second.ended;
}

void EventBook::on_vantage(bool ok, const Border& turned, bool settled, Instant now) {
  if (!ok) {
    well_since_.reset();
    if (vantage_) return;
    vantage_.emplace();
    vantage_->id = take_id();
    vantage_->event_class = EventClass::vantage;
    vantage_->cause = EventCause::vantage;
    vantage_->start = turned.at;
    vantage_->start_uncertainty = turned.uncertainty;
    vantage_->detected_at = now;
    told_(*vantage_);
    return;
  }
  if (!vantage_) return;
  if (!well_since_) well_since_ = turned;
  // Loss of ours shows by fits and starts, and is one trouble.
  if (!settled || now - well_since_->at < kWellFor) return;
  vantage_->end = std::max(well_since_->at, vantage_->start);
  vantage_->end_uncertainty = well_since_->uncertainty;
  ++ended_vantage_;
  told_(*vantage_);
  vantage_.reset();
  well_since_.reset();
}

}  // namespace blipd

#include "daemon/store/store.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace blipd {

namespace {

bool is_waiting(const Flight& flight) {
  return flight.state == FlightState::in_flight || flight.state == FlightState::suspect;
}

ProbeNews news_of(const Flight& flight) { return {flight.number.place, flight.sent, flight.purpose}; }

/// Of a probe that detection hears of.
bool is_for_detection(const Flight& flight) {
  return flight.purpose == Purpose::background || flight.purpose == Purpose::adaptive;
}

}  // namespace

VoidCause cause_of_refusal(int error) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case EINVAL:
    case EAFNOSUPPORT:
    case ENETDOWN:
    case ENODEV:
      return VoidCause::local_route;
    case ETIME:
      return VoidCause::vantage;
    default:
      return VoidCause::send;
  }
}

VoidCause Store::count_refusal(int error) {
  const VoidCause cause = cause_of_refusal(error);
  if (cause == VoidCause::vantage) return cause;
  Refusals& refusals = cause == VoidCause::send ? refused_ : unroutable_;
  ++refusals.packets;
  refusals.error = error;
  return cause;
}

void Store::add_block(std::unique_ptr<Block> block) {
  if (blocks_.size() <= block->id()) blocks_.resize(block->id() + 1);
  blocks_[block->id()] = std::move(block);
}

void Store::retire_block(std::uint32_t id) {
  blocks_[id]->remove_all();
  retiring_.push_back(id);
}

std::uint32_t Store::add_references(const std::vector<Address>& hosts) {
  const auto first = static_cast<std::uint32_t>(references_.size());
  references_.insert(references_.end(), hosts.begin(), hosts.end());
  return first;
}

FlightLane* Store::lane(Duration timeout) {
  for (std::size_t id = 1; id < lanes_.size(); ++id) {
    if (!lanes_[id]) lanes_[id] = std::make_unique<FlightLane>(static_cast<std::uint8_t>(id), timeout);
    if (lanes_[id]->timeout() == timeout) return lanes_[id].get();
  }
  return nullptr;
}

Flight* Store::start(FlightLane& lane, TargetNumber number, Purpose purpose) {
  Flight* flight = lane.push(number, purpose);
  if (flight != nullptr && purpose == Purpose::background) find_block(number.block)->count_sent();
  return flight;
}

PurposeCounters& Store::extra_of(const Flight& flight) {
  Block* const block = find_block(flight.number.block);
  return block == nullptr ? references_extra_ : block->extra(flight.purpose);
}

void Store::finish_send(Flight& flight, const SendResult& result, Duration soft) {
  flight.sent = result.at;
  if (result.error == 0) {
    if (is_for_detection(flight)) lanes_[lane_of(flight.slot)]->watch(flight, soft);
    return;
  }
  flight.state = FlightState::ended;
  const VoidCause cause = count_refusal(result.error);
  if (flight.purpose == Purpose::background) {
    find_block(flight.number.block)->book_void(cause);
    return;
  }
  ++extra_of(flight).voids;
  // A reference that cannot even be sent to does not answer: the vantage is what is ill.
  if (flight.purpose == Purpose::reference) sink_.on_reference(flight.number.place, flight.sent, false, {});
}

const Address* Store::address_of(TargetNumber number) const {
  if (number.block == kReferenceBlock) {
    return number.place < references_.size() ? &references_[number.place] : nullptr;
  }
  const Block* block = find_block(number.block);
  return block != nullptr && number.place < block->targets().size() ? &block->targets()[number.place].address : nullptr;
}

void Store::on_answer(const Answer& answer, bool local_fault) {
  switch (answer.kind) {
    case AnswerKind::reply:
      on_reply(answer);
      break;
    case AnswerKind::failure:
      on_failure(answer);
      break;
    case AnswerKind::unsent:
      on_unsent(answer);
      break;
    case AnswerKind::icmp_error:
      on_error(answer, local_fault);
      break;
    case AnswerKind::forged:
      ++forged_;
      break;
    case AnswerKind::short_quote:
    case AnswerKind::stray:
      ++stray_;
      break;
  }
}

void Store::fetch_flights(std::span<const Answer> answers) const {
  for (const Answer& answer : answers) {
    const FlightLane* const lane = lanes_[lane_of(answer.slot)].get();
    if (lane != nullptr) lane->fetch(answer.slot);
  }
}

Flight* Store::find_flight(const Answer& answer, const Address& host) {
  Flight* const flight = flight_of(answer.slot);
  if (flight == nullptr) return nullptr;
  if (answer.number != kUnknownNumber && answer.number != flight->number) return nullptr;
  const Address* sent_to = address_of(flight->number);
  return sent_to != nullptr && *sent_to == host ? flight : nullptr;
}

void Store::on_reply(const Answer& answer) {
  Flight* flight = find_flight(answer, answer.from);
  if (flight == nullptr) {
    // Signed by us and from the right host, but from longer ago than flights are kept.
    Block* sender = find_block(answer.number.block);
    const Address* sent_to = address_of(answer.number);
    if (sender != nullptr && sent_to != nullptr && *sent_to == answer.from) {
      sender->count_late();
    } else {
      ++stray_;
    }
    return;
  }
  Block* block = find_block(flight->number.block);
  if (block != nullptr && answer.exchange != nullptr) block->count_exchange(flight->number.place, *answer.exchange);
  const Duration timeout = lanes_[lane_of(answer.slot)]->timeout();
  if (is_waiting(*flight) && answer.received - flight->sent <= timeout) {
    on_reply_in_time(*flight, answer);
    return;
  }
  if (block == nullptr) return;  // a reference's second or late answer says nothing
  const bool answered = flight->state == FlightState::replied || flight->state == FlightState::failed;
  if (answered || flight->answered_late) {
    block->count_duplicate();
  } else {
    flight->answered_late = true;
    if (flight->purpose == Purpose::background) block->count_late();
    if (is_for_detection(*flight) && block->targets()[flight->number.place].active) {
      sink_.on_late(*block, news_of(*flight));
    }
  }
}

void Store::on_reply_in_time(Flight& flight, const Answer& answer) {
  const bool was_failure = flight.state == FlightState::suspect;
  flight.state = FlightState::replied;
  Duration round_trip = answer.received - flight.sent;
  if (round_trip < Duration::zero()) {
    round_trip = Duration::zero();
    ++rtt_below_zero_;
  }
  if (flight.purpose == Purpose::reference) {
    if (!was_failure) ++references_extra_.replies;
    sink_.on_reference(flight.number.place, flight.sent, true, round_trip);
    return;
  }
  Block& block = *find_block(flight.number.block);
  const bool background = flight.purpose == Purpose::background;
  if (!block.targets()[flight.number.place].active) {
    if (background) block.book_void(VoidCause::removed);
    flight.state = FlightState::ended;
    return;
  }
  if (background) {
    block.book_reply(flight.number.place, round_trip);
  } else {
    ++block.extra(flight.purpose).replies;
  }
  if (is_for_detection(flight)) {
    sink_.on_reply(block, news_of(flight), round_trip, answer.hop_limit, flight.suspected);
  }
}

void Store::on_failure(const Answer& answer) {
  Flight* flight = find_flight(answer, answer.from);
  if (flight == nullptr) {
    ++stray_;
    return;
  }
  Block* block = find_block(flight->number.block);
  if (block != nullptr && answer.exchange != nullptr) block->count_exchange(flight->number.place, *answer.exchange);
  if (!is_waiting(*flight)) {
    if (block != nullptr) block->count_duplicate();
    return;
  }
  if (answer.received - flight->sent > lanes_[lane_of(answer.slot)]->timeout()) return;  // a timeout all the same
  const bool ended = flight->state == FlightState::suspect;
  flight->state = FlightState::failed;
  flight->reason = answer.reason;
  if (!ended) suspect(*flight);
}

void Store::on_unsent(const Answer& answer) {
  Flight* flight = find_flight(answer, answer.from);
  if (flight == nullptr || !is_waiting(*flight)) return;
  flight->state = FlightState::ended;
  withdraw(*flight);
  // Whoever connects is given a port by the kernel; that there is none left is want of resources.
  const VoidCause cause = answer.error == EADDRNOTAVAIL ? VoidCause::send : count_refusal(answer.error);
  if (flight->purpose == Purpose::background) {
    find_block(flight->number.block)->book_void(cause);
  } else {
    ++extra_of(*flight).voids;
  }
}

void Store::on_error(const Answer& answer, bool local_fault) {
  Flight* flight = find_flight(answer, answer.to);
  if (flight == nullptr) {
    ++stray_;
    return;
  }
  if (!is_waiting(*flight)) return;
  if (local_fault && !flight->local_fault) count_refusal(EHOSTUNREACH);
  flight->reason = local_fault ? FailureReason::timeout : FailureReason::unreachable;
  flight->local_fault = local_fault;
  if (local_fault) withdraw(*flight);
  Block* block = find_block(flight->number.block);
  if (block == nullptr || local_fault) return;
  block->count_error(answer.icmp, answer.from);
  if (is_for_detection(*flight)) sink_.on_error(*block, news_of(*flight), answer.icmp, answer.from);
}

void Store::on_receive_drops(Instant from, Instant to) { drops_.push_back({from, to}); }

bool Store::held_up(const TargetState& host, Instant sent, Duration timeout) const {
  const Duration stood = standstills_.within(sent, sent + timeout);
  if (stood == Duration::zero()) return false;
  // What the host's usual round trip leaves of the timeout may be little. And more than one standstill may have been in
  // the way of one answer.
  const Duration usual =
      std::chrono::microseconds(std::uint64_t{host.rtt_us} + 4 * std::uint64_t{host.rtt_variation_us});
  return stood >= std::min(timeout / 4, (timeout - usual) / 2);
}

bool Store::dropped_during(Instant from, Instant to) const {
  return std::any_of(drops_.begin(), drops_.end(), [&](const Span& d) { return d.from <= to && from <= d.to; });
}

void Store::expire(Instant now) {
  for (const auto& lane : lanes_) {
    if (!lane) continue;
    lane->expire_softly(now, [&](const Flight& flight) { tell_suspect(flight); });
    lane->expire(now, [&](Flight& flight) { suspect(flight); });
  }
}

void Store::tell_suspect(const Flight& flight) {
  if (flight.local_fault) return;  // our own kernel has no way there
  Block* const block = find_block(flight.number.block);
  if (block != nullptr && block->targets()[flight.number.place].active) sink_.on_suspect(*block, news_of(flight));
}

void Store::withdraw(const Flight& flight) {
  Block* const block = find_block(flight.number.block);
  if (!flight.suspected || block == nullptr || !block->targets()[flight.number.place].active) return;
  sink_.on_withdrawn(*block, news_of(flight));
}

void Store::suspect(Flight& flight) {
  if (flight.purpose == Purpose::reference) {
    ++references_extra_.failures;
    sink_.on_reference(flight.number.place, flight.sent, false, {});
    return;
  }
  if (flight.suspected || !is_for_detection(flight)) return;
  flight.suspected = true;
  tell_suspect(flight);
}

void Store::book(Instant now) {
  Duration longest{};
  for (const auto& lane : lanes_) {
    if (!lane) continue;
    longest = std::max(longest, lane->timeout());
    const Duration timeout = lane->timeout();
    lane->book(now, [&](Flight& flight) { due_.add(flight, timeout); });
  }
  const auto book_one = [&](Flight& flight, Duration timeout, const Flight* ahead) {
    if (ahead != nullptr) {
      const Block* const block = find_block(ahead->number.block);
      if (block != nullptr) block->fetch_target(ahead->number.place);
    }
    book_final(flight, timeout);
  };
  due_.take_all(book_one, [&](const Flight& flight, std::size_t blocks) {
    const Block* const block = find_block(flight.number.block);
    if (block == nullptr) return;
    if (blocks > 2) return block->fetch_books();
    block->fetch_windows();
    block->fetch_target(flight.number.place);
    sink_.fetch_for_booking(*block);
  });
  const Instant oldest = now - longest - 2 * kHold;
  drops_.erase(drops_.begin(),
               std::find_if(drops_.begin(), drops_.end(), [&](const Span& d) { return d.to >= oldest; }));
  standstills_.forget_before(oldest);
  std::erase_if(retiring_, [&](std::uint32_t id) {
    if (blocks_[id]->probes().in_flight != 0) return false;
    blocks_[id].reset();
    return true;
  });
}

void Store::book_final(Flight& flight, Duration timeout) {
  if (flight.purpose == Purpose::reference || flight.state == FlightState::ended) return;
  Block* block = find_block(flight.number.block);
  if (block == nullptr) return;  // a reply of a block that has gone since
  const bool background = flight.purpose == Purpose::background;
  const bool replied = flight.state == FlightState::replied;
  if (!replied) flight.state = FlightState::ended;
  const std::optional<VoidCause> cause = replied ? std::nullopt : why_void(*block, flight, timeout);
  if (!background) {
    if (replied) return;
    ++(cause ? block->extra(flight.purpose).voids : block->extra(flight.purpose).failures);
    return;
  }
  if (cause) {
    block->book_void(*cause);
    if (*cause != VoidCause::removed) sink_.on_void(*block, news_of(flight));
    return;
  }
  if (!replied) block->book_failure(flight.reason);
  if (!block->targets()[flight.number.place].active) return;
  // A reply proves as little as silence does while our own side is ill: some of them would be all that is left.
  if (replied && verdicts_.ill_during(flight.sent, flight.sent + timeout)) return;
  const unsigned failure_run = block->record(flight.number.place, flight.sent, replied);
  sink_.on_booked(*block, news_of(flight), replied, failure_run);
}

std::optional<VoidCause> Store::why_void(const Block& block, const Flight& flight, Duration timeout) const {
  const Instant deadline = flight.sent + timeout;
  if (!block.targets()[flight.number.place].active) return VoidCause::removed;
  if (flight.local_fault) return VoidCause::local_route;
  if (dropped_during(flight.sent, deadline)) return VoidCause::receive_drop;
  if (verdicts_.ill_during(flight.sent, deadline)) return VoidCause::vantage;
  if (held_up(block.targets()[flight.number.place], flight.sent, timeout)) return VoidCause::vantage;
  return std::nullopt;
}

std::optional<Instant> Store::next_expiry() {
  std::optional<Instant> next;
  for (const auto& lane : lanes_) {
    if (!lane) continue;
    const std::optional<Instant> expiry = lane->next_expiry();
    if (expiry && (!next || *expiry < *next)) next = expiry;
  }
  return next;
}

bool Store::anything_open() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane && !lane->empty(); });
}

}  // namespace blipd

#include "daemon/store/store.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace blipd {

namespace {

bool is_waiting(const Flight& flight) {
  return flight.state == FlightState::in_flight || flight.state == FlightState::suspect;
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
    default:
      return VoidCause::send;
  }
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

void Store::finish_send(Flight& flight, const SendResult& result) {
  flight.sent = result.at;
  if (result.error == 0) return;
  flight.state = FlightState::ended;
  if (flight.purpose == Purpose::background) {
    find_block(flight.number.block)->book_void(cause_of_refusal(result.error));
    return;
  }
  ++extra_[static_cast<std::size_t>(flight.purpose)].voids;
  // A reference that cannot even be sent to does not answer: the vantage is what is ill.
  if (flight.purpose == Purpose::reference) sink_.on_reference(flight.number.place, flight.sent, false);
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

Flight* Store::find_flight(const Answer& answer, const Address& host) {
  FlightLane* lane = lanes_[lane_of(answer.slot)].get();
  Flight* flight = lane == nullptr ? nullptr : lane->find(answer.slot);
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
    on_reply_in_time(*flight, answer.received);
    return;
  }
  if (block == nullptr) return;  // a reference's second or late answer says nothing
  const bool answered = flight->state == FlightState::replied || flight->state == FlightState::failed;
  if (answered || flight->answered_late) {
    block->count_duplicate();
  } else {
    flight->answered_late = true;
    block->count_late();
  }
}

void Store::on_reply_in_time(Flight& flight, Instant received) {
  const bool was_suspect = flight.state == FlightState::suspect;
  flight.state = FlightState::replied;
  Duration round_trip = received - flight.sent;
  if (round_trip < Duration::zero()) {
    round_trip = Duration::zero();
    ++rtt_below_zero_;
  }
  if (flight.purpose != Purpose::background) {
    if (!was_suspect) ++extra_[static_cast<std::size_t>(flight.purpose)].replies;
    if (flight.purpose == Purpose::reference) sink_.on_reference(flight.number.place, flight.sent, true);
    return;
  }
  Block& block = *find_block(flight.number.block);
  if (!block.targets()[flight.number.place].active) {
    block.book_void(VoidCause::removed);
    flight.state = FlightState::ended;
    return;
  }
  block.book_reply(flight.number.place, round_trip);
  sink_.on_reply(block, flight.sent);
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
  const bool news = flight->state == FlightState::in_flight;
  flight->state = FlightState::failed;
  flight->reason = answer.reason;
  if (news) suspect(*flight);
}

void Store::on_unsent(const Answer& answer) {
  Flight* flight = find_flight(answer, answer.from);
  if (flight == nullptr || !is_waiting(*flight)) return;
  flight->state = FlightState::ended;
  if (flight->purpose == Purpose::background) {
    find_block(flight->number.block)->book_void(cause_of_refusal(answer.error));
  } else {
    ++extra_[static_cast<std::size_t>(flight->purpose)].voids;
  }
}

void Store::on_error(const Answer& answer, bool local_fault) {
  Flight* flight = find_flight(answer, answer.to);
  if (flight == nullptr) {
    ++stray_;
    return;
  }
  if (!is_waiting(*flight)) return;
  flight->reason = local_fault ? FailureReason::timeout : FailureReason::unreachable;
  flight->local_fault = local_fault;
  Block* block = find_block(flight->number.block);
  if (block != nullptr && !local_fault) block->count_error(answer.icmp, answer.from);
}

void Store::on_receive_drops(Instant from, Instant to) { drops_.push_back({from, to}); }

bool Store::dropped_during(Instant from, Instant to) const {
  return std::any_of(drops_.begin(), drops_.end(), [&](const Span& d) { return d.from <= to && from <= d.to; });
}

void Store::expire(Instant now) {
  for (const auto& lane : lanes_) {
    if (!lane) continue;
    lane->expire(now, [&](const Flight& flight) { suspect(flight); });
  }
}

void Store::suspect(const Flight& flight) {
  if (flight.purpose == Purpose::background) {
    sink_.on_suspect(*find_block(flight.number.block), flight.sent);
    return;
  }
  ++extra_[static_cast<std::size_t>(flight.purpose)].failures;
  if (flight.purpose == Purpose::reference) sink_.on_reference(flight.number.place, flight.sent, false);
}

void Store::book(Instant now) {
  Duration longest{};
  for (const auto& lane : lanes_) {
    if (!lane) continue;
    longest = std::max(longest, lane->timeout());
    const Duration timeout = lane->timeout();
    lane->book(now, [&](Flight& flight) { book_final(flight, timeout); });
  }
  const Instant oldest = now - longest - 2 * kHold;
  drops_.erase(drops_.begin(),
               std::find_if(drops_.begin(), drops_.end(), [&](const Span& d) { return d.to >= oldest; }));
  std::erase_if(retiring_, [&](std::uint32_t id) {
    if (blocks_[id]->probes().in_flight != 0) return false;
    blocks_[id].reset();
    return true;
  });
}

void Store::book_final(Flight& flight, Duration timeout) {
  if (flight.purpose != Purpose::background || flight.state == FlightState::ended) return;
  Block* block = find_block(flight.number.block);
  if (block == nullptr) return;  // a reply of a block that has gone since
  const TargetState& target = block->targets()[flight.number.place];
  const Instant deadline = flight.sent + timeout;
  const bool replied = flight.state == FlightState::replied;
  if (!replied) flight.state = FlightState::ended;
  if (!target.active) {
    if (!replied) block->book_void(VoidCause::removed);
    return;
  }
  const bool ill = verdicts_.ill_during(flight.sent, deadline);
  if (!replied) {
    if (flight.local_fault) return block->book_void(VoidCause::local_route);
    if (dropped_during(flight.sent, deadline)) return block->book_void(VoidCause::receive_drop);
    if (ill) return block->book_void(VoidCause::vantage);
    block->book_failure(flight.reason);
  }
  if (ill) return;
  const unsigned failure_run = block->record(flight.number.place, flight.sent, replied);
  sink_.on_booked(*block, flight.sent, replied, failure_run);
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

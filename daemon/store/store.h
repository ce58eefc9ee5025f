// The books. Everything that is counted about probes is counted here, and only here.
//
// Promise, at every moment, for each block: sent = replies + failures + void + in flight. A reply is booked when it
// comes. A failure is booked kHold after its timeout, once, when it is known whether our own vantage was well; until
// then it is in flight. Loss that our side caused is booked as void and is in no ratio.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "daemon/store/block.h"
#include "daemon/store/booking_queue.h"
#include "daemon/store/flights.h"
#include "daemon/store/standstills.h"

namespace blipd {

/// Block number of references; no network has it.
inline constexpr std::uint32_t kReferenceBlock = 0;

/// Who knows whether our own vantage was ill.
class Verdicts {
 public:
  virtual ~Verdicts() = default;
  /// Whether the vantage was ill at any moment of [from, to]. Asked kHold after `to` or later.
  virtual bool ill_during(Instant from, Instant to) const = 0;
};

/// A background or adaptive probe, as detection is told of it.
struct ProbeNews {
  std::uint32_t place = 0;  ///< of the block's target
  Instant sent{};
  Purpose purpose = Purpose::background;
};

/// Who decides from outcomes. Called on the probing thread.
class OutcomeSink {
 public:
  virtual ~OutcomeSink() = default;
  /// The final outcome of a background probe, in send order, never one that is void. `failure_run`: failures in a row
  /// of its host, this one included.
  virtual void on_booked(Block& block, const ProbeNews& probe, bool reply, unsigned failure_run) = 0;
  /// Or it is void, and its host was not taken away.
  virtual void on_void(Block& block, const ProbeNews& probe) = 0;
  /// Outcomes of the block are about to be booked: what `on_booked` will look at may be fetched (probes/fetch.h).
  virtual void fetch_for_booking(const Block&) {}
  /// No answer by the soft deadline (at the latest by the timeout), or one that says it failed. Once a probe.
  /// `on_reply` or `on_late` may take it back.
  virtual void on_suspect(Block& block, const ProbeNews& probe) = 0;
  /// Answered in time. At once, not in send order. `hop_limit` is 0 if unknown.
  virtual void on_reply(Block& block, const ProbeNews& probe, Duration round_trip, std::uint8_t hop_limit,
                        bool was_suspect) = 0;
  /// Answered after its timeout: booked as a failure, but its network was there.
  virtual void on_late(Block& block, const ProbeNews& probe) = 0;
  /// A suspect proves nothing: it was never sent, or our own kernel has no way there. Neither loss nor life.
  virtual void on_withdrawn(Block& block, const ProbeNews& probe) = 0;
  /// An ICMP error of somebody else named the probe.
  virtual void on_error(Block& block, const ProbeNews& probe, const IcmpErrorCode& icmp, const Address& responder) = 0;
  /// `place` as given by Store::add_references. A failure can be followed by a reply with the same `sent`.
  virtual void on_reference(std::uint32_t place, Instant sent, bool reply, Duration round_trip) = 0;
};

/// Why a send was refused: no route is told apart from want of resources or permission, because it is usually the
/// configuration's fault and says nothing about this vantage as a whole. ETIME, our own thread stood still, is no
/// refusal of the kernel.
VoidCause cause_of_refusal(int error);

/// Probing thread only.
class Store {
 public:
  Store(const Verdicts& verdicts, OutcomeSink& sink) : verdicts_(verdicts), sink_(sink) {}

  /// The block of that number, or null. Numbers are never given again.
  Block* find_block(std::uint32_t id) const { return id < blocks_.size() ? blocks_[id].get() : nullptr; }
  void add_block(std::unique_ptr<Block> block);
  /// Takes the block away once nothing of it is in flight. Its probes on the way end as void.
  void retire_block(std::uint32_t id);
  /// Gives `hosts` places in the reference block and returns the first; places of earlier references are not reused.
  std::uint32_t add_references(const std::vector<Address>& hosts);

  static constexpr std::size_t kMostLanes = 255;
  /// The lane of a timeout, made if needed, and kept. Null when there are kMostLanes for other timeouts.
  FlightLane* lane(Duration timeout);

  /// Enters a probe that is about to be sent. Null when the lane is full.
  Flight* start(FlightLane& lane, TargetNumber number, Purpose purpose);
  /// What became of the send. A refused one is booked as void at once; another becomes a suspect after `soft`.
  void finish_send(Flight& flight, const SendResult& result, Duration soft);

  // What is about to be needed is fetched early, for many probes at once: with a million hosts in a thousand networks
  // nearly every look at one is a wait for memory, and waits that run side by side cost as much as one. All of these
  // may be left out, and are in this order.
  void fetch_flights(std::span<const Answer> answers) const;
  /// Of each answer that has its flight: `visit(block, flight)`.
  template <class Visit>
  void for_each_answered(std::span<const Answer> answers, Visit&& visit) const {
    for (const Answer& answer : answers) {
      const Flight* const flight = flight_of(answer.slot);
      if (flight == nullptr || flight->number.block == kReferenceBlock) continue;
      const Block* const block = find_block(flight->number.block);
      if (block != nullptr) visit(*block, *flight);
    }
  }

  /// A reply or a failure, an ICMP error (`local_fault`: made by our own kernel about our own route), an exchange that
  /// could not be carried out, or what is forged or stray.
  void on_answer(const Answer& answer, bool local_fault);
  /// The address a probe was sent to, null if the number is unknown.
  const Address* address_of(TargetNumber number) const;
  /// Our receive queue dropped answers some time in [from, to].
  void on_receive_drops(Instant from, Instant to);
  /// Whether it did, as far as that is known by now.
  bool dropped_during(Instant from, Instant to) const;
  /// Our own thread did not run though it was to, within [from, to], which lies behind all such spans before.
  void on_standstill(Instant from, Instant to) { standstills_.add(from, to); }
  /// Whether that may be why a probe to that host has no answer.
  bool held_up(const TargetState& host, Instant sent, Duration timeout) const;

  /// Judges what is due. Only after the sockets were found empty at `now`.
  void expire(Instant now);
  void book(Instant now);
  /// When `expire` is needed next.
  std::optional<Instant> next_expiry();
  bool anything_open() const;
  /// Visits every flight that is not booked yet, for answers that cannot be looked up.
  template <class Visit>
  void for_each_open(Visit&& visit) {
    for (const auto& lane : lanes_) {
      if (lane) lane->for_each_open(visit);
    }
  }

  std::uint64_t stray() const { return stray_; }
  std::uint64_t forged() const { return forged_; }
  std::uint64_t rtt_below_zero() const { return rtt_below_zero_; }
  /// Packets that our kernel refused, by whether it had no way for them.
  const Refusals& refused() const { return refused_; }
  const Refusals& unroutable() const { return unroutable_; }
  const PurposeCounters& references() const { return references_extra_; }

 private:
  struct Span {
    Instant from{};
    Instant to{};
  };

  void on_reply(const Answer& answer);
  void on_failure(const Answer& answer);
  void on_unsent(const Answer& answer);
  void suspect(Flight& flight);
  VoidCause count_refusal(int error);
  void on_error(const Answer& answer, bool local_fault);
  void on_reply_in_time(Flight& flight, const Answer& answer);
  PurposeCounters& extra_of(const Flight& flight);
  void tell_suspect(const Flight& flight);
  void withdraw(const Flight& flight);
  void book_final(Flight& flight, Duration timeout);
  std::optional<VoidCause> why_void(const Block& block, const Flight& flight, Duration timeout) const;
  Flight* find_flight(const Answer& answer, const Address& host);
  Flight* flight_of(FlightSlot slot) const {
    FlightLane* const lane = lanes_[lane_of(slot)].get();
    return lane == nullptr ? nullptr : lane->find(slot);
  }

  const Verdicts& verdicts_;
  OutcomeSink& sink_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<std::uint32_t> retiring_;
  std::vector<Address> references_;
  std::array<std::unique_ptr<FlightLane>, kMostLanes + 1> lanes_;
  std::vector<Span> drops_;  ///< oldest first
  Standstills standstills_;
  BookingQueue due_;  ///< of `book`; empty otherwise
  PurposeCounters references_extra_;
  std::uint64_t stray_ = 0;
  std::uint64_t forged_ = 0;
  std::uint64_t rtt_below_zero_ = 0;
  Refusals refused_;
  Refusals unroutable_;
};

}  // namespace blipd

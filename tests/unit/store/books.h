// A store with one block of two hosts, and notes of what detection was told.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/store/store.h"

namespace blipd::store_test {

inline constexpr Instant kStart{std::chrono::hours(1)};
inline constexpr Duration kTimeout = std::chrono::seconds(1);

class Books : public Verdicts, public OutcomeSink {
 public:
  struct Told {
    std::uint32_t place;
    Instant sent;
    Purpose purpose;
    bool was_suspect = false;
    bool operator==(const Told&) const = default;
  };

  explicit Books(Duration timeout = kTimeout) : timeout_(timeout) {
    std::vector<TargetState> targets(2);
    for (std::uint32_t i = 0; i < 2; ++i) {
      targets[i].address = Address::v4(i + 1);
      targets[i].active = true;
    }
    auto made = std::make_unique<Block>(1, "n", "m", std::vector<Duration>{std::chrono::seconds(60)});
    made->replace_targets(std::move(targets));
    store.add_block(std::move(made));
  }
  FlightSlot send(std::uint32_t place, Instant at, Duration soft = std::chrono::seconds(3),
                  Purpose purpose = Purpose::background) {
    Flight* flight = store.start(*store.lane(timeout_), {1, place}, purpose);
    store.finish_send(*flight, {at, 0}, soft);
    return flight->slot;
  }
  void answer(AnswerKind kind, FlightSlot slot, std::uint32_t place, Instant at, FailureReason reason = {}) {
    Answer a;
    a.kind = kind;
    a.reason = reason;
    a.slot = slot;
    a.number = {1, place};
    a.from = a.to = Address::v4(place + 1);
    a.received = at;
    a.hop_limit = 57;
    store.on_answer(a, false);
  }
  void end(Instant at) {
    store.expire(at);
    store.book(at);
  }
  const Block& block() { return *store.find_block(1); }
  const ProbeCounters& probes() { return block().probes(); }
  std::uint64_t failed(FailureReason reason) { return probes().failures[static_cast<std::size_t>(reason)]; }
  std::uint64_t voided(VoidCause cause) { return probes().voids[static_cast<std::size_t>(cause)]; }
  bool identity_holds() {
    std::uint64_t ended = probes().replies + probes().in_flight;
    for (const std::uint64_t n : probes().failures) ended += n;
    for (const std::uint64_t n : probes().voids) ended += n;
    return ended == probes().sent;
  }

  bool ill_during(Instant, Instant) const override { return ill; }
  void on_booked(Block&, const ProbeNews& probe, bool reply, unsigned failure_run) override {
    booked.push_back(reply);
    booked_at.push_back(probe.sent);
    runs.push_back(failure_run);
  }
  void on_void(Block&, const ProbeNews& probe) override { voids_at.push_back(probe.sent); }
  void on_suspect(Block&, const ProbeNews& probe) override { suspects.push_back(told(probe, false)); }
  void on_reply(Block&, const ProbeNews& probe, Duration round_trip, std::uint8_t hop_limit,
                bool was_suspect) override {
    replies.push_back(told(probe, was_suspect));
    last_round_trip = round_trip;
    last_hop_limit = hop_limit;
  }
  void on_late(Block&, const ProbeNews& probe) override { late.push_back(told(probe, true)); }
  void on_withdrawn(Block&, const ProbeNews& probe) override { withdrawn.push_back(told(probe, true)); }
  void on_error(Block&, const ProbeNews& probe, const IcmpErrorCode&, const Address&) override {
    errors.push_back(told(probe, false));
  }
  void on_reference(std::uint32_t, Instant, bool, Duration) override {}

  bool ill = false;
  std::vector<bool> booked;
  std::vector<Instant> booked_at;
  std::vector<unsigned> runs;
  std::vector<Instant> voids_at;
  std::vector<Told> suspects;
  std::vector<Told> replies;
  std::vector<Told> late;
  std::vector<Told> withdrawn;
  std::vector<Told> errors;
  Duration last_round_trip{};
  std::uint8_t last_hop_limit = 0;
  Store store{*this, *this};

 private:
  static Told told(const ProbeNews& probe, bool was_suspect) {
    return {probe.place, probe.sent, probe.purpose, was_suspect};
  }
  Duration timeout_;
};

}  // namespace blipd::store_test

// What detection is told, and when: suspects, what takes them back, and probes that are in no ratio.
#include <chrono>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/store/books.h"

using namespace blipd;
using namespace blipd::store_test;
using namespace std::chrono_literals;

TEST_CASE("without an answer a probe is a suspect after its soft deadline, once, and a failure much later") {
  Books books(3s);
  books.send(0, kStart, 1200ms);
  books.store.expire(kStart + 1200ms);
  CHECK(books.suspects.empty());
  books.store.expire(kStart + 1201ms);
  CHECK(books.suspects == std::vector<Books::Told>{{0, kStart, Purpose::background}});
  books.end(kStart + 3s + kHold);
  CHECK(books.suspects.size() == 1);
  CHECK(books.booked.empty());
  CHECK(books.probes().in_flight == 1);
  books.end(kStart + 3s + kHold + 1ms);
  CHECK(books.booked == std::vector<bool>{false});
  CHECK(books.failed(FailureReason::timeout) == 1);
  CHECK(books.identity_holds());
}

TEST_CASE("a soft deadline is rounded up to a step, and one beyond the timeout is the timeout") {
  struct Row {
    Duration soft;
    Duration timeout;
    Duration told;  ///< not before, and right after
  };
  const Row row = GENERATE(Row{1s, 3s, 1s}, Row{1100ms, 3s, 1200ms}, Row{2900ms, 10s, 3s}, Row{1s, 900ms, 900ms},
                           Row{3s, 3s, 3s}, Row{5s, 10s, 10s}, Row{0s, 3s, 1s});
  Books books(row.timeout);
  books.send(0, kStart, row.soft);
  books.store.expire(kStart + row.told);
  CHECK(books.suspects.empty());
  books.store.expire(kStart + row.told + 1ns);
  CHECK(books.suspects.size() == 1);
}

TEST_CASE("an answer after the soft deadline is a reply, and takes the suspicion back") {
  Books books(3s);
  const FlightSlot slot = books.send(1, kStart, 1s);
  books.store.expire(kStart + 2s);
  REQUIRE(books.suspects.size() == 1);
  books.answer(AnswerKind::reply, slot, 1, kStart + 2500ms);
  CHECK(books.replies == std::vector<Books::Told>{{1, kStart, Purpose::background, true}});
  CHECK(books.last_round_trip == 2500ms);
  CHECK(books.last_hop_limit == 57);
  books.end(kStart + 20s);
  CHECK(books.booked == std::vector<bool>{true});
  CHECK(books.probes().replies == 1);
  CHECK(books.probes().late == 0);
  CHECK(books.identity_holds());
}

TEST_CASE("an answer in time was no suspect, and is told at once") {
  Books books(3s);
  const FlightSlot slot = books.send(0, kStart, 1s);
  books.answer(AnswerKind::reply, slot, 0, kStart + 20ms);
  CHECK(books.replies == std::vector<Books::Told>{{0, kStart, Purpose::background, false}});
  books.store.expire(kStart + 20s);
  CHECK(books.suspects.empty());
  // A second one is a duplicate and is not told.
  books.answer(AnswerKind::reply, slot, 0, kStart + 30ms);
  CHECK(books.replies.size() == 1);
  CHECK(books.probes().duplicate == 1);
}

TEST_CASE("an answer after the timeout is late: a failure in the books, and a sign of life for detection") {
  Books books(3s);
  const FlightSlot held = books.send(0, kStart, 1s);
  const FlightSlot booked = books.send(1, kStart, 1s);
  books.store.expire(kStart + 3100ms);
  books.answer(AnswerKind::reply, held, 0, kStart + 3100ms);
  CHECK(books.late == std::vector<Books::Told>{{0, kStart, Purpose::background, true}});
  books.end(kStart + 9s);
  books.answer(AnswerKind::reply, booked, 1, kStart + 9s);
  books.answer(AnswerKind::reply, booked, 1, kStart + 10s);
  CHECK(books.late.size() == 2);
  CHECK(books.probes().late == 2);
  CHECK(books.probes().duplicate == 1);
  CHECK(books.booked == std::vector<bool>{false, false});
  CHECK(books.probes().replies == 0);
  CHECK(books.identity_holds());
}

TEST_CASE("a failure that says so is a suspect at once, unless it is one already") {
  Books books(3s);
  const FlightSlot early = books.send(0, kStart, 1s);
  books.answer(AnswerKind::failure, early, 0, kStart + 10ms, FailureReason::refused);
  CHECK(books.suspects.size() == 1);
  const FlightSlot slow = books.send(1, kStart, 1s);
  books.store.expire(kStart + 2s);
  CHECK(books.suspects.size() == 2);
  books.answer(AnswerKind::failure, slow, 1, kStart + 2s, FailureReason::refused);
  books.end(kStart + 20s);
  CHECK(books.suspects.size() == 2);
  CHECK(books.failed(FailureReason::refused) == 2);
}

TEST_CASE("adaptive probes are told to detection and are in no counter but their own") {
  Books books(3s);
  const FlightSlot answered = books.send(0, kStart, 1s, Purpose::adaptive);
  const FlightSlot slow = books.send(1, kStart, 1s, Purpose::adaptive);
  books.send(1, kStart, 1s, Purpose::adaptive);
  books.answer(AnswerKind::reply, answered, 0, kStart + 20ms);
  books.store.expire(kStart + 2s);
  CHECK(books.suspects.size() == 2);
  CHECK(books.suspects[0].purpose == Purpose::adaptive);
  books.answer(AnswerKind::reply, slow, 1, kStart + 3500ms);
  CHECK(books.replies == std::vector<Books::Told>{{0, kStart, Purpose::adaptive, false}});
  CHECK(books.late.size() == 1);
  books.end(kStart + 20s);
  CHECK(books.booked.empty());
  const PurposeCounters& extra = books.block().extra(Purpose::adaptive);
  CHECK(extra.replies == 1);
  CHECK(extra.failures == 2);
  CHECK(extra.voids == 0);
  CHECK(books.probes().sent == 0);
  CHECK(books.probes().replies == 0);
  CHECK(books.probes().late == 0);
  CHECK(books.block().ratios(kStart + 10s)[0].probes == 0);
  CHECK(books.identity_holds());
}

TEST_CASE("adaptive probes that our own side lost, or could not send, are void") {
  Books books(3s);
  books.ill = true;
  books.send(0, kStart, 1s, Purpose::adaptive);
  Flight* refused = books.store.start(*books.store.lane(3s), {1, 1}, Purpose::adaptive);
  books.store.finish_send(*refused, {kStart, 1}, 1s);
  books.end(kStart + 20s);
  CHECK(books.block().extra(Purpose::adaptive).voids == 2);
  CHECK(books.block().extra(Purpose::adaptive).failures == 0);
  CHECK(books.suspects.size() == 1);
}

TEST_CASE("an ICMP error is told of the probe it names") {
  Books books(3s);
  Answer error;
  error.kind = AnswerKind::icmp_error;
  error.slot = books.send(0, kStart, 1s);
  error.number = {1, 0};
  error.to = Address::v4(1);
  error.from = Address::v4(99);
  error.icmp = {3, 1};
  error.received = kStart + 10ms;
  books.store.on_answer(error, false);
  CHECK(books.errors == std::vector<Books::Told>{{0, kStart, Purpose::background}});
  // One made by our own kernel says nothing of the network.
  error.slot = books.send(1, kStart, 1s);
  error.number = {1, 1};
  error.to = Address::v4(2);
  books.store.on_answer(error, true);
  CHECK(books.errors.size() == 1);
  books.end(kStart + 20s);
  CHECK(books.failed(FailureReason::unreachable) == 1);
  CHECK(books.voided(VoidCause::local_route) == 1);
}

TEST_CASE("a suspect that was never sent, or that our own kernel had no way for, is withdrawn") {
  Books books(3s);
  const FlightSlot unsent = books.send(0, kStart, 1s);
  const FlightSlot unroutable = books.send(1, kStart, 1s);
  books.store.expire(kStart + 2s);
  REQUIRE(books.suspects.size() == 2);
  Answer answer;
  answer.kind = AnswerKind::unsent;
  answer.slot = unsent;
  answer.number = {1, 0};
  answer.from = answer.to = Address::v4(1);
  answer.error = EADDRNOTAVAIL;
  answer.received = kStart + 2s;
  books.store.on_answer(answer, false);
  answer.kind = AnswerKind::icmp_error;
  answer.slot = unroutable;
  answer.number = {1, 1};
  answer.from = answer.to = Address::v4(2);
  answer.icmp = {3, 1};
  books.store.on_answer(answer, true);
  REQUIRE(books.withdrawn.size() == 2);
  CHECK(books.withdrawn[0].place == 0);
  CHECK(books.withdrawn[1].place == 1);
  books.end(kStart + 20s);
  // The kernel had no port left to connect from: want of resources.
  CHECK(books.voided(VoidCause::send) == 1);
  CHECK(books.voided(VoidCause::local_route) == 1);
  CHECK(books.errors.empty());
  CHECK(books.identity_holds());
  SECTION("what was no suspect yet is not") {
    const FlightSlot early = books.send(0, kStart + 30s, 1s);
    answer.kind = AnswerKind::unsent;
    answer.slot = early;
    answer.number = {1, 0};
    answer.from = answer.to = Address::v4(1);
    books.store.on_answer(answer, false);
    CHECK(books.withdrawn.size() == 2);
  }
}

TEST_CASE("what is booked comes in send order with the failures in a row of its host") {
  Books books(3s);
  std::vector<Instant> sent;
  for (int i = 0; i < 6; ++i) {
    sent.push_back(kStart + i * 1s);
    const FlightSlot slot = books.send(0, sent.back(), 1s);
    if (i == 2) books.answer(AnswerKind::reply, slot, 0, sent.back() + 10ms);
  }
  books.end(kStart + 60s);
  CHECK(books.booked_at == sent);
  CHECK(books.runs == std::vector<unsigned>{1, 2, 0, 1, 2, 3});
}

TEST_CASE("nothing is told of a host that has gone") {
  Books books(3s);
  const FlightSlot slot = books.send(0, kStart, 1s);
  books.send(1, kStart, 1s);
  books.store.retire_block(1);
  books.store.expire(kStart + 2s);
  books.answer(AnswerKind::reply, slot, 0, kStart + 2s);
  CHECK(books.suspects.empty());
  CHECK(books.replies.empty());
  CHECK(books.voided(VoidCause::removed) == 1);
  books.end(kStart + 20s);
  CHECK(books.store.find_block(1) == nullptr);
}

TEST_CASE("the next expiry is the nearest deadline of what is unanswered") {
  Books books(10s);
  CHECK_FALSE(books.store.next_expiry());
  const FlightSlot first = books.send(0, kStart, 2s);
  const FlightSlot second = books.send(1, kStart + 500ms, 1s);
  CHECK(books.store.next_expiry() == kStart + 1500ms);
  books.answer(AnswerKind::reply, second, 1, kStart + 600ms);
  CHECK(books.store.next_expiry() == kStart + 2s);
  books.store.expire(kStart + 3s);
  CHECK(books.store.next_expiry() == kStart + 10s);
  books.answer(AnswerKind::reply, first, 0, kStart + 4s);
  CHECK_FALSE(books.store.next_expiry());
}

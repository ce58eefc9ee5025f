// What each kind of answer does to the books.
#include <cerrno>
#include <chrono>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/store/books.h"

using namespace blipd;
using namespace blipd::store_test;
using namespace std::chrono_literals;

TEST_CASE("an answer that says the probe failed is told at once and booked with its reason") {
  Books books;
  const FlightSlot slot = books.send(0, kStart);
  books.answer(AnswerKind::failure, slot, 0, kStart + 20ms, FailureReason::refused);
  CHECK(books.suspects.size() == 1);
  CHECK(books.probes().in_flight == 1);
  books.end(kStart + kTimeout + kHold + 1ms);
  CHECK(books.suspects.size() == 1);
  CHECK(books.failed(FailureReason::refused) == 1);
  CHECK(books.failed(FailureReason::timeout) == 0);
  CHECK(books.probes().in_flight == 0);
  CHECK(books.booked == std::vector<bool>{false});
}

TEST_CASE("a failure is void where our own vantage was ill") {
  Books books;
  books.ill = true;
  books.answer(AnswerKind::failure, books.send(0, kStart), 0, kStart + 20ms, FailureReason::status);
  books.end(kStart + kTimeout + kHold + 1ms);
  CHECK(books.voided(VoidCause::vantage) == 1);
  CHECK(books.booked.empty());
  CHECK(books.voids_at == std::vector<Instant>{kStart});
}

TEST_CASE("what answers a probe that has its outcome is a duplicate, and changes nothing") {
  Books books;
  const FlightSlot replied = books.send(0, kStart);
  const FlightSlot failed = books.send(1, kStart);
  books.answer(AnswerKind::reply, replied, 0, kStart + 20ms);
  books.answer(AnswerKind::failure, replied, 0, kStart + 30ms, FailureReason::refused);
  books.answer(AnswerKind::failure, failed, 1, kStart + 20ms, FailureReason::refused);
  books.answer(AnswerKind::reply, failed, 1, kStart + 30ms);
  books.end(kStart + kTimeout + kHold + 1ms);
  CHECK(books.probes().duplicate == 2);
  CHECK(books.probes().replies == 1);
  CHECK(books.failed(FailureReason::refused) == 1);
}

TEST_CASE("a failure that comes after the timeout is a timeout") {
  Books books;
  const FlightSlot slot = books.send(0, kStart);
  books.end(kStart + kTimeout + 1ms);
  books.answer(AnswerKind::failure, slot, 0, kStart + kTimeout + 2ms, FailureReason::refused);
  books.end(kStart + kTimeout + kHold + 1ms);
  CHECK(books.failed(FailureReason::timeout) == 1);
  CHECK(books.failed(FailureReason::refused) == 0);
}

TEST_CASE("an exchange that our own side could not carry out proves nothing") {
  Books books;
  Answer unsent;
  unsent.kind = AnswerKind::unsent;
  unsent.slot = books.send(0, kStart);
  unsent.number = {1, 0};
  unsent.from = unsent.to = Address::v4(1);
  unsent.received = kStart + 1ms;
  unsent.error = EMFILE;
  books.store.on_answer(unsent, false);
  CHECK(books.voided(VoidCause::send) == 1);
  unsent.slot = books.send(0, kStart);
  unsent.error = ENETUNREACH;
  books.store.on_answer(unsent, false);
  books.store.on_answer(unsent, false);
  CHECK(books.voided(VoidCause::local_route) == 1);
  // Our own thread stood still, which the kernel is not to be blamed for.
  unsent.slot = books.send(0, kStart);
  unsent.error = ETIME;
  books.store.on_answer(unsent, false);
  CHECK(books.voided(VoidCause::vantage) == 1);
  CHECK(books.store.refused().packets == 1);
  CHECK(books.store.unroutable().packets == 1);
  books.end(kStart + kTimeout + kHold + 1ms);
  CHECK(books.probes().in_flight == 0);
  CHECK(books.booked.empty());
}

TEST_CASE("an answer that brings back its slot alone finds its probe, from the right host only") {
  Books books;
  const FlightSlot slot = books.send(0, kStart);
  Answer answer;
  answer.kind = AnswerKind::reply;
  answer.slot = slot;
  answer.number = kUnknownNumber;
  answer.received = kStart + 20ms;
  answer.from = Address::v4(2);
  books.store.on_answer(answer, false);
  CHECK(books.store.stray() == 1);
  CHECK(books.probes().replies == 0);
  answer.from = Address::v4(1);
  books.store.on_answer(answer, false);
  CHECK(books.probes().replies == 1);
  answer.slot = slot + 1;
  books.store.on_answer(answer, false);
  answer.slot = 0xff000001U;
  books.store.on_answer(answer, false);
  CHECK(books.store.stray() == 3);
  CHECK(books.store.forged() == 0);
}

TEST_CASE("exchanges leave their phases and the earliest certificate of the hosts there are") {
  Books books;
  CHECK_FALSE(books.store.find_block(1)->http());
  HttpExchange exchange;
  exchange.phases = {0ms, 10ms, 20ms, 40ms, 5ms};
  exchange.certificate_expiry = WallTime(2000s);
  Answer answer;
  answer.kind = AnswerKind::reply;
  answer.slot = books.send(0, kStart);
  answer.number = {1, 0};
  answer.from = answer.to = Address::v4(1);
  answer.received = kStart + 75ms;
  answer.exchange = &exchange;
  books.store.on_answer(answer, false);
  answer.kind = AnswerKind::failure;
  answer.reason = FailureReason::status;
  answer.slot = books.send(1, kStart);
  answer.number = {1, 1};
  answer.from = answer.to = Address::v4(2);
  exchange.certificate_expiry = WallTime(1000s);
  books.store.on_answer(answer, false);
  const HttpFigures figures = *books.store.find_block(1)->http();
  CHECK(figures.phases[static_cast<std::size_t>(HttpPhase::connect)].count == 2);
  CHECK(figures.phases[static_cast<std::size_t>(HttpPhase::connect)].sum == 20ms);
  CHECK(figures.phases[static_cast<std::size_t>(HttpPhase::resolve)].count == 0);
  CHECK(figures.certificate_expiry == WallTime(1000s));
  // The host with that certificate goes, and another takes its place.
  books.store.find_block(1)->replace_targets({{Address::v4(1), 0, 0, 0, true}, {Address::v4(3), 0, 0, 0, true}});
  CHECK(books.store.find_block(1)->http()->certificate_expiry == WallTime(2000s));
}

TEST_CASE("host records hold what one host did, and nothing of the host before it") {
  Books books;
  Block& block = *books.store.find_block(1);
  CHECK_FALSE(block.keeps_host_records());
  block.keep_host_records(true);
  for (int i = 0; i < 40; ++i) {
    const Instant sent = kStart + i * 100ms;
    const FlightSlot slot = books.send(0, sent);
    books.send(1, sent);
    // The first eight are forgotten: the newest 32 are 9 to 40 ms.
    books.answer(AnswerKind::reply, slot, 0, sent + (i + 1) * 1ms);
  }
  books.end(kStart + 20s);
  const HostSnapshot good = block.host(0, kStart + 10s);
  CHECK(good.responding);
  CHECK(good.windows[0].probes == 40);
  CHECK(good.windows[0].ratio == 1);
  REQUIRE(good.rtt);
  CHECK((*good.rtt)[0] == 24ms);
  CHECK((*good.rtt)[1] == 37ms);
  CHECK((*good.rtt)[2] == 40ms);
  const HostSnapshot dead = block.host(1, kStart + 10s);
  CHECK_FALSE(dead.responding);
  CHECK(dead.windows[0].ratio == 0);
  CHECK_FALSE(dead.rtt);
  block.replace_targets({{Address::v4(9), 0, 0, 0, true}, {Address::v4(2), 0, 0, 0, true}});
  CHECK(block.host(0, kStart + 10s).windows[0].probes == 0);
  CHECK_FALSE(block.host(0, kStart + 10s).rtt);
  CHECK(block.host(1, kStart + 10s).windows[0].probes == 40);
}

TEST_CASE("a host that never replied is not counted as responding while it is given its three chances") {
  Block block(1, "n", "m", {60s});
  block.replace_targets({{Address::v4(1), 0, 0, 0, true}, {Address::v4(2), 0, 0, 0, true}});
  block.record(0, kStart, false);
  block.record(1, kStart, true);
  block.record(1, kStart + 1s, false);
  CHECK(block.hosts().unheard == 1);
  CHECK(block.hosts().wavering == 1);
  CHECK(block.hosts().known() == 2);
  for (int i = 0; i < 2; ++i) block.record(0, kStart + 2s, false);
  CHECK(block.hosts().unheard == 0);
  CHECK(block.hosts().silent == 1);
}

#include "tests/bench/detection/episodes.h"

#include "tests/bench/detection/ask_in_turn.h"
#include "tests/support/catch.h"
#include "tests/unit/bench_detection/synthetic.h"

using namespace blipd;
using namespace blipd::bench;

TEST_CASE("edges are found whatever the order in which outcomes become known") {
  Edges e;
  e.note(sec(10), true);
  e.note(sec(13), false);
  e.note(sec(12), false);
  e.note(sec(11), true);
  CHECK(e.silence_began().from == sec(11));
  CHECK(e.silence_began().to == sec(12));
  e.note(sec(20), true);
  CHECK(e.silence_ended().from == sec(13));
  CHECK(e.silence_ended().to == sec(20));
  // A loss sent before the newest reply is no new silence.
  e.note(sec(19), false);
  CHECK(e.silence_began().to == sec(20));
}

TEST_CASE("silence from the start") {
  Edges e;
  e.note(sec(4), false);
  CHECK(e.silence_began().from == sec(0));
  CHECK(e.silence_began().to == sec(4));
}

TEST_CASE("an episode lies between the middles of its edges, and is a blip if it was short") {
  Episodes list("n", kBegin);
  list.close({sec(1), sec(2)});
  list.open(EventClass::outage, {sec(100), sec(110)}, sec(115));
  list.open(EventClass::outage, {sec(200), sec(210)}, sec(215));
  CHECK(list.is_open());
  list.close({sec(220), sec(224)});
  CHECK_FALSE(list.is_open());
  list.open(EventClass::spotty, {sec(300), sec(300)}, sec(301));
  list.rename(EventClass::outage);
  list.close({sec(420), sec(420)});
  list.open(EventClass::outage, {sec(500), sec(500)}, sec(501));
  const std::vector<Event> events = list.take();
  REQUIRE(events.size() == 3);
  CHECK(at(events[0].start) == 105);
  CHECK(events[0].start_uncertainty == sec(5));
  CHECK(at(*events[0].end) == 222);
  CHECK(events[0].end_uncertainty == sec(2));
  CHECK(at(events[0].detected_at) == 115);
  CHECK(events[0].event_class == EventClass::blip);
  CHECK(events[0].network == "n");
  CHECK(events[1].event_class == EventClass::outage);
  CHECK_FALSE(events[2].end);
}

TEST_CASE("hosts are asked in turn, and heard of in the order in which they end") {
  Synthetic world([](std::size_t host, double) { return host == 0 ? 1.0 : 0.0; });
  std::vector<Heard> heard;
  ask_in_turn(world, network("n", 4), {sec(8), sec(3), sec(1)}, sec(18), [&](const Heard& h) { heard.push_back(h); });
  // Sent at 1, 3, 5, ..., 17; host 0 at 1, 9 and 17, where its loss ends after the end.
  CHECK(world.asked() == 9);
  REQUIRE(heard.size() == 8);
  CHECK(heard[0].host == 1);
  CHECK(heard[0].sent == sec(3));
  CHECK(heard[0].known == sec(3.1));
  CHECK(heard[0].reply);
  CHECK(heard[1].host == 0);
  CHECK(heard[1].known == sec(4));
  CHECK_FALSE(heard[1].reply);
  CHECK(heard[7].host == 3);
  CHECK(heard[7].sent == sec(15));
}

TEST_CASE("a reply after the timeout is a loss") {
  Synthetic world([](std::size_t, double) { return 0.0; });
  world.reply_after = sec(3.5);
  std::vector<Heard> heard;
  ask_in_turn(world, network("n", 1), {sec(10), sec(3), sec(0)}, sec(5), [&](const Heard& h) { heard.push_back(h); });
  REQUIRE(heard.size() == 1);
  CHECK_FALSE(heard[0].reply);
  CHECK(heard[0].known == sec(3));
}

TEST_CASE("what is sent is counted by network and by /24") {
  Synthetic world([](std::size_t, double) { return 0.0; });
  const std::vector<AskedNetwork> networks{network("a"), network("b", 4)};
  CountedAsked counted(world, networks);
  for (int i = 0; i < 6; ++i) {
    counted.ask(0, static_cast<std::size_t>(i < 4 ? 0 : 4), sec(i));
  }
  counted.ask(1, 0, sec(9));
  const Traffic t = counted.traffic(sec(100));
  CHECK(t.probes == 7);
  CHECK(t.busiest_network_per_hour == Approx(6 * 36));
  CHECK(t.busiest_prefix_per_second == Approx(0.04));
}

TEST_CASE("what is drawn depends on seed, name and purpose, and is even") {
  CHECK(drawn(1, "n", 1) == drawn(1, "n", 1));
  CHECK(drawn(1, "n", 1) != drawn(2, "n", 1));
  CHECK(drawn(1, "n", 1) != drawn(1, "m", 1));
  CHECK(drawn(1, "n", 1) != drawn(1, "n", 2));
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double d = drawn(7, "net" + std::to_string(i), 1);
    REQUIRE((d >= 0 && d < 1));
    sum += d;
  }
  CHECK(sum / 10000 == Approx(0.5).margin(0.01));
}

TEST_CASE("there are five baselines") { CHECK(all_baselines().size() == 5); }

// What is said of the cause of an episode.
#include "daemon/detect/module_detector.h"
#include "tests/support/catch.h"
#include "tests/unit/detect/detector_scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

TEST_CASE("loss of which answers take longer than usual is congestion") {
  DetectorScene scene;
  scene.fine_until(600s);
  Lottery lottery(9);
  const auto queue = [&](std::uint32_t, Duration at) {
    return Fate{.lost = at >= 630s && lottery.loses(0.3), .after = 350ms};
  };
  scene.run_until(900s, queue);
  REQUIRE(scene.detector.episode());
  const Event event = scene.open_event();
  CHECK(event.cause == EventCause::congestion);
  CHECK(*event.evidence.rtt_before > 90ms);
  CHECK(*event.evidence.rtt_during == 350ms);
}

TEST_CASE("answers that come another, longer way are no queue") {
  DetectorScene scene;
  scene.hop_limit = 55;
  scene.fine_until(600s);
  scene.dark_until(630s);
  scene.hop_limit = 50;
  scene.run_until(700s, [](std::uint32_t, Duration) { return Fate{.after = 700ms}; });
  REQUIRE(scene.detector.episode());
  CHECK(scene.open_event().cause != EventCause::congestion);
  CHECK(scene.open_event().evidence.hosts_on_new_path == 16);
}

TEST_CASE("ICMP errors tell the cause, the most frequent first") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.dark_until(130s);
  REQUIRE(scene.detector.episode());
  CHECK(scene.open_event().cause == EventCause::unknown);
  const Address router = Address::v4(0xcb007101U);
  const Address inside = Address::v4(0xc6120101U);
  const auto error = [&](int times, IcmpErrorCode icmp, const Address& from, bool from_inside) {
    for (int i = 0; i < times; ++i) {
      scene.detector.on_error(scene.now(), icmp, from, kind_of(icmp, true, from_inside));
    }
  };
  error(2, {3, 1}, inside, true);
  CHECK(scene.open_event().cause == EventCause::host);
  error(3, {3, 1}, router, false);
  CHECK(scene.open_event().cause == EventCause::route);
  error(6, {3, 13}, router, false);
  const Event event = scene.open_event();
  CHECK(event.cause == EventCause::filter);
  REQUIRE(event.evidence.errors.size() == 3);
  CHECK(event.evidence.errors[0].icmp == IcmpErrorCode{3, 13});
  CHECK(event.evidence.errors[0].count == 6);
  CHECK(event.evidence.errors[2].count == 2);
}

TEST_CASE("errors of long before an episode say nothing of it") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.detector.on_error(scene.now(), {3, 0}, Address::v4(1), ErrorKind::route);
  scene.fine_until(300s);
  scene.dark_until(310s);
  scene.detector.on_error(scene.now(), {3, 1}, Address::v4(2), ErrorKind::host);
  REQUIRE(scene.detector.episode());
  CHECK(scene.open_event().cause == EventCause::host);
}

TEST_CASE("an episode without errors has none of an earlier one") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.dark_until(300s);
  scene.detector.on_error(scene.now(), {3, 0}, Address::v4(1), ErrorKind::route);
  CHECK(scene.open_event().cause == EventCause::route);
  scene.fine_until(600s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].cause == EventCause::route);
  scene.dark_until(620s);
  REQUIRE(scene.detector.episode());
  CHECK(scene.open_event().cause == EventCause::unknown);
  CHECK(scene.open_event().evidence.errors.empty());
}

TEST_CASE("kinds of ICMP errors, by RFC 792, 1812 and 4443") {
  struct Row {
    IcmpErrorCode icmp;
    bool v4;
    bool inside;
    ErrorKind kind;
  };
  const Row row = GENERATE(Row{{3, 0}, true, false, ErrorKind::route}, Row{{3, 1}, true, false, ErrorKind::route},
                           Row{{3, 1}, true, true, ErrorKind::host}, Row{{3, 9}, true, false, ErrorKind::filter},
                           Row{{3, 10}, true, true, ErrorKind::filter}, Row{{3, 13}, true, false, ErrorKind::filter},
                           Row{{11, 0}, true, false, ErrorKind::route}, Row{{12, 0}, true, false, ErrorKind::other},
                           Row{{1, 0}, false, false, ErrorKind::route}, Row{{1, 1}, false, false, ErrorKind::filter},
                           Row{{1, 5}, false, false, ErrorKind::filter}, Row{{1, 3}, false, true, ErrorKind::host},
                           Row{{3, 0}, false, false, ErrorKind::route}, Row{{4, 0}, false, false, ErrorKind::other});
  CAPTURE(int{row.icmp.type}, int{row.icmp.code}, row.v4, row.inside);
  CHECK(kind_of(row.icmp, row.v4, row.inside) == row.kind);
}

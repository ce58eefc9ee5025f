// The newest probes of a network that is asked seldom, and how losses lie among those that are neighbours.
#include "daemon/detect/loss_train.h"

#include <bit>
#include <chrono>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(10h);

LossTrain kept_train() {
  LossTrain train;
  train.keep(true);
  return train;
}

LossTransitions all_of(const LossTrain& train) { return train.since(kStart, kStart + 100h); }

}  // namespace

TEST_CASE("nothing is kept unless it is wanted") {
  LossTrain train;
  train.on_suspect(1, kStart);
  train.on_suspect(2, kStart + 1s);
  CHECK(all_of(train).probes() == 0);
  CHECK(train.newest_bout().losses == 0);
}

TEST_CASE("only probes close together are neighbours") {
  LossTrain train = kept_train();
  for (int i = 0; i < 10; ++i) train.on_reply(1, kStart + i * 1min);
  CHECK(all_of(train).probes() == 0);
  for (int i = 1; i <= 10; ++i) train.on_suspect(2, kStart + 9min + i * 1s);
  CHECK(all_of(train).probes() == 10);
  CHECK(all_of(train).losses() == 10);
}

TEST_CASE("what is known late stands where it was sent; an answer takes a loss back, and what proves nothing goes") {
  LossTrain train = kept_train();
  for (int i = 0; i < 10; ++i) {
    if (i % 2 == 0) train.on_reply(1, kStart + i * 1s);
  }
  for (int i = 0; i < 10; ++i) {
    if (i % 2 == 1) train.on_suspect(2, kStart + i * 1s);
  }
  CHECK(all_of(train).probes() == 9);
  CHECK(all_of(train).losses() == 5);
  train.on_reply(2, kStart + 1s);
  CHECK(all_of(train).losses() == 4);
  train.on_withdrawn(2, kStart + 3s);
  CHECK(all_of(train).probes() == 8);
  CHECK(all_of(train).losses() == 3);
}

TEST_CASE("the oldest probe makes room") {
  LossTrain train = kept_train();
  for (int i = 0; i < 2000; ++i) train.on_reply(1, kStart + i * 1s);
  const std::uint64_t kept = all_of(train).probes();
  CHECK(kept > 400);
  CHECK(kept < 600);
  train.on_suspect(1, kStart);  // longer ago than what is kept
  CHECK(all_of(train).losses() == 0);
  train.on_suspect(1, kStart + 1990s + 500ms);
  CHECK(all_of(train).losses() == 1);
  CHECK(all_of(train).probes() == kept);
}

TEST_CASE("losses close together are a bout, from the first to the last of them") {
  LossTrain train = kept_train();
  train.on_suspect(1, kStart);
  train.on_reply(2, kStart + 5min);
  for (std::uint32_t i = 0; i < 10; ++i) {
    const Instant sent = kStart + 10min + i * 3s;
    if (i % 3 == 1) {
      train.on_reply(i, sent);
    } else {
      train.on_suspect(i, sent);
    }
  }
  train.on_reply(3, kStart + 11min);
  const Bout bout = train.newest_bout();
  CHECK(bout.from == kStart + 10min);
  CHECK(bout.to == kStart + 10min + 27s);
  CHECK(bout.before == kStart);
  CHECK(bout.probes == 10);
  CHECK(bout.losses == 7);
  CHECK(std::popcount(bout.hosts) == 7);
}

TEST_CASE("whether a bout is heavy is decided by what is asked five seconds after the last witness and later") {
  using Weight = Bout::Weight;
  struct Answered {
    std::vector<bool> lost;
    Weight weight;
  };
  const auto given =
      GENERATE(Answered{{true, true}, Weight::undecided}, Answered{{true, true, true}, Weight::heavy},
               Answered{{true, false, true, true, true}, Weight::heavy}, Answered{{true, false, false}, Weight::light},
               Answered{{true, true, false, true}, Weight::undecided},
               // What is decided stays so.
               Answered{{true, true, true, false, false, false}, Weight::heavy},
               Answered{{true, false, false, true, true, true, true}, Weight::light});
  LossTrain train = kept_train();
  for (std::size_t i = 0; i < given.lost.size(); ++i) {
    const Instant sent = kStart + i * 7s;
    // Those in between are of the same burst.
    for (const Duration after : {Duration(0s), Duration(1s), Duration(2s)}) {
      if (given.lost[i]) {
        train.on_suspect(1, sent + after);
      } else {
        train.on_reply(1, sent + after);
      }
    }
  }
  CHECK(train.newest_bout().weight == given.weight);
}

TEST_CASE("probes that nobody asked for because of a loss just before tell how much is lost between falls") {
  LossTrain train = kept_train();
  for (int i = 0; i < 10; ++i) train.on_reply(1, kStart + i * 225s);
  for (int i = 1; i < 9; ++i) train.on_suspect(2, kStart + 9 * 225s + i * 5s);
  train.on_suspect(3, kStart + 10 * 225s);
  const ReplyCount lone = train.lone_since(kStart + 225s);
  CHECK(lone.probes == 10);
  CHECK(lone.replies == 9);
}

TEST_CASE("a minute of probes close together tells bursts of eight seconds") {
  LossTrain bursts = kept_train();
  LossTrain apart = kept_train();
  for (int i = 0; i < 54; ++i) {
    const Instant sent = kStart + i * 1s;
    if (i % 27 < 8) {
      bursts.on_suspect(1, sent);
    } else {
      bursts.on_reply(1, sent);
    }
    if (i % 3 == 0) {
      apart.on_suspect(1, sent);
    } else {
      apart.on_reply(1, sent);
    }
  }
  CHECK(all_of(bursts).pattern() == LossPattern::unknown);
  CHECK(all_of(bursts).pattern(30, 6) == LossPattern::bursty);
  CHECK(all_of(apart).pattern(30, 6) == LossPattern::random);
}

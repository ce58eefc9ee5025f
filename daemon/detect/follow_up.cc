#include "daemon/detect/follow_up.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace blipd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kAtOnce = milliseconds(250);
/// A loss in part is doubted more slowly: what has lost a little may lose more in a moment.
constexpr Duration kDoubtful = seconds(1);

// In the dark: at first, and then an eighth of the time it has been dark.
constexpr Duration kFirstLook = seconds(5);
constexpr Duration::rep kLooksOfItsAge = 8;

// After a darkness: until it is certain, and while there are losses.
constexpr Duration kCloser = milliseconds(1500);
constexpr Duration kCloserFor = seconds(30);
constexpr Duration kCertainWithin = minutes(2);
constexpr double kCertain = 9;
constexpr Duration kFresh = seconds(10);

// Of a loss in part.
constexpr Duration kInTrain = seconds(1);
constexpr std::uint64_t kTrain = 30;
constexpr std::uint64_t kLossesOfTrain = 6;
constexpr std::uint64_t kLongestTrain = 80;
constexpr Duration kNextTrain = minutes(15);
constexpr Duration kToFollow = minutes(2);
constexpr Duration kToFollowLong = minutes(5);
constexpr Duration kLong = minutes(40);

// For more falls.
constexpr Duration kToMeetFalls = seconds(50);
constexpr Duration kFallsComeWithin = minutes(50);
constexpr Duration kWhileItFlaps = seconds(75);

// Of a bout that may be a fall.
constexpr Duration kInBout = seconds(5);
constexpr Duration kBoutFor = seconds(150);
constexpr Duration kBetweenFalls = minutes(10);
constexpr Duration kShortestFall = seconds(25);
constexpr Duration kLongestFall = minutes(6);
constexpr std::uint64_t kLeastLosses = 5;
constexpr int kLeastHosts = 4;
constexpr double kShareOfFall = 0.4;
constexpr std::uint64_t kShareKnown = 6;

// Probes that have to be left of an hourly allowance.
constexpr double kForRounds = 2;
constexpr double kForOutage = 12;  ///< what the first minutes of one need
constexpr double kForLooks = 4;
constexpr double kForCloser = 8;
constexpr double kForTrain = 10;
constexpr double kForFollowing = 20;
constexpr double kForDoubt = 30;
constexpr double kForWatch = 30;
constexpr double kForFlapping = 60;
constexpr double kForFaint = 120;

double share(const Bout& bout) { return static_cast<double>(bout.losses) / static_cast<double>(bout.probes); }

}  // namespace

void FollowUp::configure(std::uint64_t hosts, Duration spacing) {
  // Under four hosts there is nobody else to ask.
  follows_ = hosts >= kFewHosts && spacing >= kSeldom;
  spacing_ = spacing;
  train_.keep(follows_);
}

void FollowUp::judge(EpisodeTracker& tracker, const LossWatch& watch, Instant now) {
  if (!follows_) {
    question_.reset();
    if (tracker.curiosity() == Curiosity::total) question_ = Question{kAtOnce, kForRounds};
    if (tracker.curiosity() == Curiosity::partial) question_ = Question{kAtOnce, kForOutage};
    return;
  }
  if (seen_ != train_.told()) {
    seen_ = train_.told();
    bout_ = train_.newest_bout();
    if (tracker.open()) {
      if (shape_.serial != tracker.open()->serial) shape_before_ = std::exchange(shape_, {tracker.open()->serial, {}});
      // The quiet after it says nothing of how losses lie.
      shape_.losses = train_.since(tracker.open()->start, std::min(now, tracker.last_of_it()));
      neighbours_ = train_.since(tracker.open()->start, now).probes();
    }
  }
  judge_bout(tracker, now);
  if (tracker.open()) {
    if (!was_open_) fell_ = false;
    was_open_ = true;
    fell_ = fell_ || tracker.phase() == Phase::dark || bout_.from == fall_;
  } else if (was_open_) {
    was_open_ = false;
    if (fell_) watch_until_ = now + kFallsComeWithin;
  }
  question_ = ask(tracker, watch, now);
}

void FollowUp::judge_bout(EpisodeTracker& tracker, Instant now) {
  const bool over = bout_.losses != 0 && now - bout_.to > LossTrain::kBetweenBouts;
  if (!over || bout_.from <= fall_) return;
  const Duration lasted = bout_.to - bout_.from;
  const bool fell = lasted >= kShortestFall && lasted <= kLongestFall && bout_.losses >= kLeastLosses &&
                    std::popcount(bout_.hosts) >= kLeastHosts && share(bout_) >= kShareOfFall &&
                    bout_.from - bout_.before >= kBetweenFalls;
  if (!fell) return;
  fall_ = bout_.from;
  tracker.note_fall(fall_, now);
}

LossPattern FollowUp::pattern(std::uint64_t serial) const {
  for (const Shape* shape : {&shape_, &shape_before_}) {
    if (shape->serial == serial) return shape->losses.pattern(kTrain, kLossesOfTrain);
  }
  return LossPattern::unknown;
}

std::optional<Question> FollowUp::ask(const EpisodeTracker& tracker, const LossWatch& watch, Instant now) const {
  const Question watch_for_falls{kToMeetFalls, kForWatch};
  switch (tracker.phase()) {
    case Phase::partial:
      return std::nullopt;
    case Phase::quiet:
      if (tracker.curiosity() == Curiosity::total) return Question{kAtOnce, kForRounds};
      if (tracker.curiosity() == Curiosity::partial) return Question{kDoubtful, kForDoubt};
      if (tracker.curiosity() == Curiosity::faint) return Question{kDoubtful, kForFaint};
      if (now < watch_until_) return watch_for_falls;
      return std::nullopt;
    case Phase::dark: {
      if (watch.revival().replies != 0) return Question{kAtOnce, kForRounds};
      const Duration age = now - watch.dark_run().since;
      if (age / kLooksOfItsAge >= spacing_) return std::nullopt;
      return Question{std::max<Duration>(age / kLooksOfItsAge, kFirstLook), kForLooks};
    }
    case Phase::lossy:
    case Phase::after:
      break;
  }
  const Episode& episode = *tracker.open();
  if (const std::optional<Instant> back = tracker.back_since()) {
    const bool certain = now - *back >= kCertainWithin || watch.fine() >= kCertain;
    if (now - *back < kCloserFor || !certain) return Question{kCloser, kForCloser};
  }
  if (episode.event_class == EventClass::spotty) return ask_spotty(episode, now);
  if (now - bout_.to < kFresh) return Question{kDoubtful, kForCloser};
  if (episode.event_class == EventClass::flapping) return Question{kWhileItFlaps, kForFlapping};
  return watch_for_falls;
}

std::optional<Question> FollowUp::ask_spotty(const Episode& episode, Instant now) const {
  const LossTransitions& losses = shape_.losses;
  const bool known = losses.probes() >= kTrain && losses.losses() >= kLossesOfTrain;
  const auto trains = static_cast<std::uint64_t>(1 + (now - episode.detected) / kNextTrain);
  if (!known && neighbours_ < trains * kLongestTrain) return Question{kInTrain, kForTrain};
  // What comes after a while without loss may be a fall.
  const bool fresh = now - bout_.from < kBoutFor && bout_.from - bout_.before >= kBetweenFalls;
  if (fresh && (bout_.probes < kShareKnown || share(bout_) >= kShareOfFall)) return Question{kInBout, kForTrain};
  return Question{now - episode.detected < kLong ? kToFollow : kToFollowLong, kForFollowing};
}

}  // namespace blipd

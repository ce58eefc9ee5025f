#include "daemon/detect/follow_up.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace blipd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kAtOnce = milliseconds(250);
/// A loss in part is doubted more slowly: what has lost a little may lose more in a moment.
constexpr Duration kDoubtful = seconds(1);
/// Of one that is followed: what is asked before the first probes could be answered is paid for as well.
constexpr Duration kAtOnceWhenSeldom = milliseconds(500);

// In the dark: at first, and then an eighth of the time it has been dark.
constexpr Duration kFirstLook = seconds(5);
constexpr Duration::rep kLooksOfItsAge = 6;

// After a darkness: until it is certain, and while there are losses.
constexpr Duration kCloser = seconds(3);
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
/// So long without a loss, and it is over for the time being.
constexpr Duration kTrainRuns = seconds(20);
constexpr Duration kToFollow = minutes(4);
constexpr Duration kToFollowLong = minutes(5);
constexpr Duration kLong = minutes(40);

// For more falls.
constexpr Duration kToMeetFalls = seconds(150);
constexpr Duration kFallsComeWithin = minutes(60);
constexpr Duration kWhileItFlaps = seconds(150);

// Of a bout that may be a fall.
constexpr Duration kInBout = seconds(7);
constexpr Duration kBoutFor = seconds(150);
constexpr Duration kBetweenFalls = minutes(10);
constexpr Duration kShortestFall = seconds(14);
constexpr Duration kLongestFall = minutes(6);
constexpr int kLeastHosts = 3;

// What is asked minutes apart tells falls from a loss in part, as a log-likelihood: a tenth of it meets a fall, and
// three tenths a loss in part.
const double kLoneLoss = std::log(0.1 / 0.3);
const double kLoneReply = std::log(0.9 / 0.7);

// Probes that have to be left of an hourly allowance.
constexpr double kForRounds = 2;
constexpr double kForOutage = 12;  ///< what the first minutes of one need
constexpr double kForLooks = 2;
constexpr double kForBout = 1;
constexpr double kForCloser = 16;
constexpr double kForTrain = 16;
constexpr double kForFollowing = 40;
constexpr double kForDoubt = 50;
constexpr double kForWatch = 15;
constexpr double kForFlapping = 40;
constexpr double kForFaint = 120;

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
    far_between_ = true;
    if (const std::optional<Instant> first = tracker.first_fall()) {
      const ReplyCount lone = train_.lone_since(*first);
      const auto losses = static_cast<double>(lone.probes - lone.replies);
      far_between_ = losses * kLoneLoss + static_cast<double>(lone.replies) * kLoneReply >= 0;
    }
    if (tracker.open()) {
      if (shape_.serial != tracker.open()->serial) shape_before_ = std::exchange(shape_, {tracker.open()->serial, {}});
      // The quiet after it says nothing of how losses lie.
      shape_.losses = train_.since(tracker.open()->start, std::min(now, tracker.last_of_it()));
      neighbours_ = train_.since(tracker.open()->start, now).probes();
    }
  }
  judge_bout(tracker, now);
  if (tracker.phase() == Phase::dark) fell_ = now;
  question_ = ask(tracker, watch, now);
}

void FollowUp::judge_bout(EpisodeTracker& tracker, Instant now) {
  const bool over = bout_.losses != 0 && now - bout_.to > LossTrain::kBetweenBouts;
  if (!over || bout_.from <= fall_) return;
  const Duration lasted = bout_.to - bout_.from;
  const bool fell = bout_.weight == Bout::Weight::heavy && lasted >= kShortestFall && lasted <= kLongestFall &&
                    std::popcount(bout_.hosts) >= kLeastHosts && bout_.from - bout_.before >= kBetweenFalls;
  // Once it is known to flap, a loss after a pause is likelier the next fall than a host's own, unless it was asked.
  const bool goes_on = tracker.open() && tracker.open()->event_class == EventClass::flapping &&
                       bout_.weight != Bout::Weight::light && bout_.from - bout_.before >= kBetweenFalls;
  if (!fell && !goes_on) return;
  fall_ = bout_.from;
  fell_ = bout_.to;
  tracker.note_fall(fall_, bout_.to, now);
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
      if (tracker.curiosity() == Curiosity::total) return Question{kAtOnceWhenSeldom, kForRounds};
      if (tracker.curiosity() == Curiosity::partial) return Question{kDoubtful, kForDoubt};
      if (tracker.curiosity() == Curiosity::faint) return Question{kDoubtful, kForFaint};
      if (may_fall(now)) return watch_for_falls;
      return std::nullopt;
    case Phase::dark: {
      if (watch.revival().replies != 0) return Question{kAtOnceWhenSeldom, kForRounds, true};
      const Duration age = now - watch.dark_run().since;
      if (age / kLooksOfItsAge >= spacing_) return std::nullopt;
      return Question{std::max<Duration>(age / kLooksOfItsAge, kFirstLook), kForLooks, true};
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
  if (may_be_fall(now)) return Question{kInBout, kForBout};
  if (now - bout_.to < kFresh && episode.event_class != EventClass::flapping) return Question{kDoubtful, kForCloser};
  if (episode.event_class == EventClass::flapping) return Question{kWhileItFlaps, kForFlapping};
  return may_fall(now) ? std::optional(watch_for_falls) : std::nullopt;
}

/// What comes after a while without loss may be a fall.
bool FollowUp::may_be_fall(Instant now) const {
  return bout_.weight == Bout::Weight::undecided && now - bout_.from < kBoutFor &&
         bout_.from - bout_.before >= kBetweenFalls;
}

bool FollowUp::may_fall(Instant now) const { return fell_ && now - *fell_ < kFallsComeWithin; }

std::optional<Question> FollowUp::ask_spotty(const Episode& episode, Instant now) const {
  const LossTransitions& losses = shape_.losses;
  const bool known = losses.probes() >= kTrain && losses.losses() >= kLossesOfTrain;
  const auto trains = static_cast<std::uint64_t>(1 + (now - episode.detected) / kNextTrain);
  const bool runs = now - bout_.to < kTrainRuns;
  if (may_be_fall(now)) return Question{kInBout, kForBout};
  if (!known && runs && neighbours_ < trains * kLongestTrain) return Question{kInTrain, kForTrain};
  if (may_fall(now)) return Question{kToMeetFalls, kForWatch};
  return Question{now - episode.detected < kLong ? kToFollow : kToFollowLong, kForFollowing};
}

}  // namespace blipd

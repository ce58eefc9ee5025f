#include "daemon/detect/vantage.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "daemon/store/interval.h"

namespace blipd {
namespace {

constexpr Duration kLossWindow = std::chrono::minutes(1);
/// Outcomes are kept this long; verdicts twice as long, for the longest timeout there is and its hold.
constexpr Duration kMemory = std::chrono::minutes(6);
constexpr Duration kSecond = std::chrono::seconds(1);
/// Refusals that make a second ill: this share, and at least so many.
constexpr double kRefusedShare = 0.1;
constexpr std::uint64_t kLeastRefused = 3;
constexpr Instant kEver = Instant::max();
/// The loss a reference has by itself.
constexpr double kUsual = 0.01;
/// Log-likelihoods of a loss of 10 % against one of 1 %: of a lost probe and of an answered one; and two losses with no
/// more than eight answers between them are a reason to wait. From the most doubt a hundred answers lead back.
constexpr double kLost = 2.388;
constexpr double kAnswered = 0.0953;
constexpr double kDoubtful = 4;
constexpr double kMostDoubt = 12;
/// So much speaks against a loss of ours that it would come about one time in a thousand.
constexpr double kClear = -7;
/// Fewer are all believed when they say when our side turned.
constexpr std::size_t kFewSilences = 3;

}  // namespace

void Vantage::configure(const VantageRules& rules, Instant now) {
  if (blackout_since_) blackouts_.add(*blackout_since_, now);
  blackout_since_.reset();
  begun_ = now;
  rules_ = rules;
  outcomes_.assign(rules.references, {});
  losing_ = false;
  doubt_ = 0;
}

bool Vantage::is_held_up(const std::vector<Outcome>& outcomes, Duration round_trip) const {
  if (patience_ == Duration::zero() || round_trip <= patience_) return false;
  Duration fastest = round_trip;
  for (const Outcome& outcome : outcomes) {
    if (outcome.reply) fastest = std::min(fastest, outcome.round_trip);
  }
  return round_trip - fastest > patience_;
}

void Vantage::on_reference(std::size_t reference, Instant sent, bool reply, Duration round_trip) {
  std::vector<Outcome>& outcomes = outcomes_[reference];
  const bool held_up = reply && is_held_up(outcomes, round_trip);
  if (!reply && doubt_ == 0) doubt_since_ = sent;
  doubt_ = std::clamp(doubt_ + (reply ? -kAnswered : kLost), 0.0, kMostDoubt);
  // A reply overtakes the timeout of the probe before it: outcomes come nearly in order.
  auto at = outcomes.end();
  while (at != outcomes.begin() && std::prev(at)->sent > sent) --at;
  if (at != outcomes.begin() && std::prev(at)->sent == sent) {
    if (reply && !std::prev(at)->reply) doubt_ = std::max(0.0, doubt_ - kLost);
    *std::prev(at) = {sent, reply, held_up, round_trip};
    return;
  }
  outcomes.insert(at, {sent, reply, held_up, round_trip});
  // A hundred or two, once a second: moving them up is nothing, and a vector settles.
  const auto kept = std::find_if(outcomes.begin(), outcomes.end(),
                                 [&](const Outcome& o) { return outcomes.back().sent - o.sent <= kMemory; });
  outcomes.erase(outcomes.begin(), kept);
}

void Vantage::on_sends(Instant at, std::uint64_t tried, std::uint64_t refused) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  SentSecond& sent = sent_[static_cast<std::size_t>(second.time_since_epoch().count()) % sent_.size()];
  if (sent.second > second) return;  // long over, and its verdict with it
  if (sent.second != second) sent = {second, 0, 0};
  sent.tried += tried;
  sent.refused += refused;
  if (sent.refused >= kLeastRefused &&
      static_cast<double>(sent.refused) >= kRefusedShare * static_cast<double>(sent.tried)) {
    troubles_.add(second, second + kSecond);
  }
}

Instant Vantage::confirmed_until() const {
  if (outcomes_.empty()) return life_;
  std::vector<Instant> answered;
  for (const auto& outcomes : outcomes_) {
    const auto newest = std::find_if(outcomes.rbegin(), outcomes.rend(), [](const Outcome& o) { return o.in_time(); });
    if (newest != outcomes.rend()) answered.push_back(newest->sent);
  }
  if (answered.size() < rules_.quorum) return Instant{};
  const auto nth = answered.begin() + static_cast<std::ptrdiff_t>(rules_.quorum) - 1;
  std::nth_element(answered.begin(), nth, answered.end(), std::greater<>());
  return *nth;
}

bool Vantage::doubtful() const { return doubt_ >= kDoubtful; }

bool Vantage::settled() const { return doubt_ < kLost; }

bool Vantage::clear_since(Instant since, double loss) const {
  if (outcomes_.empty()) return true;
  const double lost = std::log(loss / kUsual);
  const double answered = std::log((1 - loss) / (1 - kUsual));
  double sum = 0;
  for (const auto& outcomes : outcomes_) {
    for (auto at = outcomes.rbegin(); at != outcomes.rend() && at->sent >= since; ++at) {
      sum += at->reply ? answered : lost;
    }
  }
  return sum <= kClear;
}

void Vantage::on_common_silence(Instant from, Instant to) { troubles_.add(from, to); }

std::vector<Vantage::Silence> Vantage::silences(const std::vector<Outcome>& outcomes) const {
  std::vector<Silence> found;
  // A reference that has never answered may have been silent for ever.
  Silence silence{Instant::min(), {}, {}, kEver, 0};
  for (const Outcome& outcome : outcomes) {
    if (!outcome.in_time()) {
      if (silence.lost++ == 0) silence.first_lost = outcome.sent;
      silence.last_lost = outcome.sent;
      continue;
    }
    if (silence.lost != 0) {
      silence.to = outcome.sent;
      found.push_back(silence);
    }
    silence = {outcome.sent, {}, {}, kEver, 0};
  }
  if (silence.lost != 0) found.push_back(silence);
  return found;
}

void Vantage::judge_quorum() {
  struct Edge {
    Instant at;
    int once;   // references that lost at least one probe
    int twice;  // of these, those that lost two or more in a row
  };
  std::vector<Edge> edges;
  for (const auto& outcomes : outcomes_) {
    for (const Silence& silence : silences(outcomes)) {
      const int twice = silence.lost >= 2 ? 1 : 0;
      edges.push_back({silence.from, 1, twice});
      edges.push_back({silence.to, -1, -twice});
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  const auto references = static_cast<int>(rules_.references);
  const auto quorum = static_cast<int>(rules_.quorum);
  blackout_since_.reset();
  int once = 0;
  int twice = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    once += edges[i].once;
    twice += edges[i].twice;
    const bool ill = references - twice < quorum || (once >= 2 && references - once < quorum);
    if (!ill) continue;
    const Instant to = i + 1 < edges.size() ? edges[i + 1].at : kEver;
    if (to == kEver) {
      if (!blackout_since_) blackout_since_ = edges[i].at;
    } else if (edges[i].at < to) {
      blackouts_.add(edges[i].at, to);
    }
  }
}

bool Vantage::loses(Instant now) const {
  ReplyCount all;
  ReplyCount worst;
  for (const auto& outcomes : outcomes_) {
    ReplyCount one;
    for (auto at = outcomes.rbegin(); at != outcomes.rend() && at->sent > now - kLossWindow; ++at) {
      const Outcome& outcome = *at;
      // What a blackout explains is no evidence of loss that goes on.
      if (blacked_out(outcome.sent, outcome.sent)) continue;
      ++one.probes;
      one.replies += outcome.reply ? 1U : 0U;
    }
    if (one.replies == 0) continue;  // dead, which is the quorum's matter
    all.probes += one.probes;
    all.replies += one.replies;
    if (one.probes - one.replies > worst.probes - worst.replies) worst = one;
  }
  const auto lost_beyond = [](std::uint64_t probes, std::uint64_t replies, double threshold) {
    return probes != 0 && wilson(probes - replies, probes).lower >= threshold;
  };
  if (!lost_beyond(all.probes, all.replies, rules_.common_loss)) return false;
  // One bad reference is its own matter, unless it is all we have.
  return rules_.references == 1 ||
         lost_beyond(all.probes - worst.probes, all.replies - worst.replies, rules_.common_loss / 2);
}

void Vantage::judge_loss(Instant now) {
  // Once it is certain it goes on until the losses are outweighed: the interval of a minute wavers.
  const bool losing = loses(now) || (losing_ && doubt_ >= kLost);
  // It began where the losses began to come together, if that is not long ago.
  if (losing && !losing_) doubt_ = kMostDoubt;
  if (losing) troubles_.add(losing_ ? now - kSecond : std::max(doubt_since_, now - kLossWindow), now);
  losing_ = losing;
}

void Vantage::judge(Instant now) {
  // While all is well a look a second is enough.
  if (doubt_ > 0 || blackout_since_ || losing_ || now >= next_look_) {
    judge_quorum();
    judge_loss(now);
    next_look_ = now + kSecond;
  }
  blackouts_.forget_before(now - 2 * kMemory);
  troubles_.forget_before(now - 2 * kMemory);
  const bool ok = !ill_during(now - kSecond, now);
  if (ok != ok_) date(now);
  ok_ = ok;
}

/// The verdict is about to turn: to ill at the beginning of the newest span, to well at its end.
void Vantage::date(Instant now) {
  since_ = now;
  std::optional<Span> newest = blackouts_.newest();
  const std::optional<Span> trouble = troubles_.newest();
  if (!newest || (trouble && trouble->to > newest->to)) newest = trouble;
  // The silence of a reference that has never answered reaches back for ever.
  const auto asked = [this](Instant from) { return from == Instant::min() ? begun_ : from; };
  bool silence = true;
  if (ok_ && blackout_since_) {
    since_ = asked(*blackout_since_);
  } else if (newest) {
    since_ = std::min(ok_ ? asked(newest->from) : newest->to, now);
    silence = !trouble || trouble->to != newest->to;
  }
  turned_ = !silence ? Border{since_, {}} : ok_ ? fell_silent() : came_back();
}

/// Whoever has been silent for longer says nothing of it, nor does one reference that lost a probe by itself just
/// before.
Border Vantage::fell_silent() const {
  std::vector<Silence> began;
  for (const auto& outcomes : outcomes_) {
    for (const Silence& silence : silences(outcomes)) {
      if (silence.from != Instant::min() && silence.first_lost >= since_) began.push_back(silence);
    }
  }
  if (began.empty()) return {since_, {}};
  std::sort(began.begin(), began.end(), [](const Silence& a, const Silence& b) { return a.first_lost < b.first_lost; });
  const Instant first_lost = began[began.size() < kFewSilences ? 0 : 1].first_lost;
  Instant last_answered = since_;
  for (const Silence& silence : began) {
    if (silence.from < first_lost) last_answered = std::max(last_answered, silence.from);
  }
  return Border::within(last_answered, first_lost);
}

Border Vantage::came_back() const {
  std::vector<Silence> ended;
  for (const auto& outcomes : outcomes_) {
    for (const Silence& silence : silences(outcomes)) {
      if (silence.to != kEver && silence.last_lost <= since_) ended.push_back(silence);
    }
  }
  if (ended.empty()) return {since_, {}};
  std::sort(ended.begin(), ended.end(), [](const Silence& a, const Silence& b) { return a.last_lost > b.last_lost; });
  const Instant last_lost = ended[ended.size() < kFewSilences ? 0 : 1].last_lost;
  Instant first_answered = since_;
  for (const Silence& silence : ended) {
    if (silence.to > last_lost) first_answered = std::min(first_answered, silence.to);
  }
  return Border::within(last_lost, first_answered);
}

bool Vantage::blacked_out(Instant from, Instant to) const {
  return (blackout_since_ && *blackout_since_ <= to) || blackouts_.meets(from, to);
}

bool Vantage::ill_during(Instant from, Instant to) const { return blacked_out(from, to) || troubles_.meets(from, to); }

void Vantage::Spans::add(Instant from, Instant to) {
  auto at = spans_.begin();
  while (at != spans_.end() && at->to < from) ++at;
  Span merged{from, to};
  while (at != spans_.end() && at->from <= merged.to) {
    merged = {std::min(merged.from, at->from), std::max(merged.to, at->to)};
    at = spans_.erase(at);
  }
  spans_.insert(at, merged);
}

bool Vantage::Spans::meets(Instant from, Instant to) const {
  for (auto span = spans_.rbegin(); span != spans_.rend() && span->to >= from; ++span) {
    if (span->from <= to) return true;
  }
  return false;
}

std::optional<Vantage::Span> Vantage::Spans::newest() const {
  return spans_.empty() ? std::nullopt : std::optional<Span>(spans_.back());
}

void Vantage::Spans::forget_before(Instant t) {
  while (!spans_.empty() && spans_.front().to < t) spans_.pop_front();
}

bool Vantage::responding(std::size_t reference) const {
  const std::vector<Outcome>& outcomes = outcomes_[reference];
  return !outcomes.empty() && outcomes.back().reply;
}

}  // namespace blipd

// A network in virtual time, asked four times a second if nothing else is said, its hosts in turn; and a vantage that
// is as the test says.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/detect/vantage_view.h"
#include "daemon/store/target.h"
#include "probes/clock.h"

namespace blipd::detect_test {

inline constexpr Instant kStart{std::chrono::hours(10)};
inline constexpr Duration kPace = std::chrono::milliseconds(250);

class FakeVantage final : public VantageView {
 public:
  bool ill_during(Instant from, Instant to) const override { return ill && from <= ill->second && ill->first <= to; }
  Instant confirmed_until() const override { return confirmed; }
  bool doubtful() const override { return doubt; }
  bool clear_since(Instant /*since*/, double /*loss*/) const override { return clear; }

  std::optional<std::pair<Instant, Instant>> ill;
  Instant confirmed = kStart + std::chrono::hours(1000);
  bool doubt = false;
  bool clear = true;
};

/// What becomes of one probe; a lost one never comes back.
struct Fate {
  bool lost = false;
  Duration after = std::chrono::milliseconds(100);
};

/// The order in which things become known: an answer when it is there, a suspect a second after the send.
class Scene {
 public:
  using Decide = std::function<Fate(std::uint32_t place, Duration at)>;

  explicit Scene(std::size_t count, Duration pace = kPace) : hosts(count), pace_(pace) {
    for (TargetState& host : hosts) host.active = true;
  }
  virtual ~Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void run_until(Duration end, const Decide& decide) {
    for (; at_ < end; at_ += pace_) {
      const Instant now = kStart + at_;
      const auto place = static_cast<std::uint32_t>(turn_++ % hosts.size());
      if (!missed || !missed(place, at_)) send(place, now, decide(place, at_));
      for (; !coming_.empty() && coming_.begin()->first <= now; coming_.erase(coming_.begin())) {
        const News& news = coming_.begin()->second;
        if (news.reply) {
          replied(news.place, news.sent, coming_.begin()->first - news.sent, news.was_suspect);
        } else {
          suspected(news.place, news.sent);
        }
      }
      for (; !booking_.empty() && booking_.front().sent + kTimeout + kHold < now; booking_.pop_front()) {
        booked(booking_.front().place, booking_.front().sent, booking_.front().reply);
      }
      judge(now);
    }
  }
  Duration at() const { return at_; }
  Instant now() const { return kStart + at_; }

  std::vector<TargetState> hosts;
  FakeVantage vantage;
  std::function<bool(std::uint32_t place, Duration at)> missed;  ///< whether that probe is not sent; never, if empty

 protected:
  static constexpr Duration kSoft = std::chrono::seconds(1);
  static constexpr Duration kTimeout = std::chrono::seconds(3);

  virtual void suspected(std::uint32_t place, Instant sent) = 0;
  virtual void replied(std::uint32_t place, Instant sent, Duration after, bool was_suspect) = 0;
  virtual void booked(std::uint32_t place, Instant sent, bool reply) = 0;
  virtual void judge(Instant now) = 0;

 private:
  struct News {
    std::uint32_t place;
    Instant sent;
    bool reply;
    bool was_suspect;
  };

  void send(std::uint32_t place, Instant now, const Fate& answer) {
    const bool suspect = answer.lost || answer.after > kSoft;
    if (suspect) coming_.emplace(now + kSoft, News{place, now, false, false});
    if (!answer.lost) coming_.emplace(now + answer.after, News{place, now, true, suspect});
    booking_.push_back({place, now, !answer.lost && answer.after <= kTimeout, suspect});
  }

  Duration pace_;
  std::multimap<Instant, News> coming_;
  std::deque<News> booking_;
  Duration at_{};
  std::uint64_t turn_ = 0;
};

/// The same numbers on every machine.
class Lottery {
 public:
  explicit Lottery(std::uint64_t seed) : state_(seed * 2862933555777941757U + 3037000493U) {}
  /// In [0, 1).
  double draw() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 40U) / static_cast<double>(1U << 24U);
  }
  bool loses(double share) { return draw() < share; }

 private:
  std::uint64_t state_;
};

}  // namespace blipd::detect_test

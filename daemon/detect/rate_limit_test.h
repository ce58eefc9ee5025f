// Is a host lossy, or are its answers limited? A router or a firewall on the way to it, or the host itself, answers so
// many probes a second and no more; that is no loss of the network, and says nothing of its other traffic.
//
// Two tests (H. Guo, J. Heidemann, "Detecting ICMP Rate Limiting in the Internet", PAM 2018, use the first). A limiter
// that counts our probes alone answers as many a second however often we ask: three times the host is asked at its
// usual rate for a while and then at twice that, and the share that is answered is compared. A limiter that others use
// up as well is blind to our rate; it is told by another module that asks the same host and is answered.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/target.h"
#include "daemon/store/window.h"
#include "probes/clock.h"
#include "probes/fetch.h"

namespace blipd {

/// Loses enough for a test, and not all: of its last 32 outcomes at least, a fifth is lost and a tenth answered.
bool may_be_limited(const TargetState& host);

/// Whether another module that asked the host at about the same times is answered where this one is not: at least 60
/// outcomes of each, newest first in pairs; McNemar's (b - c)^2 / (b + c) > 10.83 (0.1 %, one degree of freedom), for b
/// pairs in which only this one was lost and c in which only the other was, and b at least four times c.
bool limited_by_pairs(const TargetState& host, const TargetState& other);

/// The first test, of up to four hosts of one module at once. Probing thread only. Pure.
class RateLimitTest {
 public:
  static constexpr std::size_t kMostHosts = 4;
  /// How long each of the six spells lasts, in rounds.
  static constexpr Duration::rep kSpellRounds = 40;

  /// Begins, with spells of usual and of twice the rate in turn. A test that runs is given up.
  void begin(const std::vector<std::uint32_t>& places, Duration round, Instant now);
  /// Fetches what it takes to tell whether a host is in the test (probes/fetch.h).
  void fetch() const { blipd::fetch(&hosts_); }
  bool running() const { return !hosts_.empty(); }
  void stop() { hosts_.clear(); }

  /// The place of a host that is to be asked once more, if there is one now.
  std::optional<std::uint32_t> wanted(Instant now) const;
  /// It has been, or could not be and is not to be waited for.
  void asked(std::uint32_t place, Instant now);

  // Outcomes of all probes of the module, as they become known.
  void on_reply(std::uint32_t place, Instant sent, bool was_suspect);
  void on_suspect(std::uint32_t place, Instant sent);

  /// Once the last spell is over by `until`: the places of the hosts whose answers are limited. Ends the test. Nullopt
  /// while it runs, and without one.
  std::optional<std::vector<std::uint32_t>> verdict(Instant until);

 private:
  static constexpr std::size_t kSpells = 6;
  struct Host {
    std::uint32_t place = 0;
    Instant next{};
    std::array<ReplyCount, kSpells> spells{};  ///< every second one at twice the rate
  };

  /// In which spell that was; kSpells if in none.
  std::size_t spell_of(Instant t) const;
  Host* find(std::uint32_t place);
  static bool limited(const Host& host);

  std::vector<Host> hosts_;
  Instant begin_{};
  Duration round_{};
};

/// The hosts of one module whose answers are limited. Probing thread only. Pure.
class LimitedHosts {
 public:
  void add(std::uint32_t place, const TargetState& host);
  bool contains(std::uint32_t place) const;
  std::uint64_t count() const { return hosts_.size(); }
  const std::vector<std::uint32_t>& places() const { return hosts_; }
  /// Forgets those that lose no more than a twentieth of their last outcomes, or have gone.
  void review(const std::vector<TargetState>& targets);

 private:
  std::vector<std::uint32_t> hosts_;  ///< places, sorted
  std::vector<Address> addresses_;    ///< of the same
};

}  // namespace blipd

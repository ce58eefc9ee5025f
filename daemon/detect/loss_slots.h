// Is there a loss that all hosts of a network share? The last outcomes of one network and module as a sequence of
// seconds, and the CUSUM over it.
//
// For each second in which something was sent stand the replies, the failures that count, and for three levels q of a
// common loss the log-likelihood of these failures against the hosts' own losses p:
//
//   a failure   ln((1 - (1 - q)(1 - p)) / p)         a reply   ln(1 - q)
//
// (Bernoulli CUSUM; M. R. Reynolds, Z. G. Stoumbos, J. Quality Technology 31, 1999). The sum is held at zero from
// below; where it left zero for good the loss began. Probes of one second are no independent witnesses, so a second
// counts for no more than kMostPerSecond of them. Outcomes may come in any order and may be taken back, because the
// sums are made anew from the seconds, of which the last 64 are kept. Whoever is in trouble is looked at each second
// and asked more seldom: as long as nothing was told, the sums of the last look hold.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "daemon/store/store.h"
#include "probes/clock.h"
#include "probes/fetch.h"

namespace blipd {

inline constexpr std::array<double, 3> kLossLevels{0.1, 0.3, 0.98};
inline constexpr std::size_t kTotalLoss = 2;  ///< index of the level that is as good as total
/// One number for each level.
using Likelihood = std::array<float, kLossLevels.size()>;

/// What a failure of a host with this own loss says.
Likelihood failure_likelihood(double own_loss);
/// What a reply takes away at that level: -ln(1 - q), above zero.
double reply_likelihood(std::size_t level);

/// What the slots show at one level.
struct Suspicion {
  double sum = 0;              ///< the CUSUM
  Instant since{};             ///< send time of the first failure after it left zero; only if sum > 0
  Instant last_reply{};        ///< the newest reply sent before that; Instant{} if none is known
  Instant last_failure{};      ///< the newest failure that counts
  std::uint64_t failures = 0;  ///< that count, from `since` on
  std::uint64_t replies = 0;
};

/// Probing thread only. Asks for memory when failures lie in more seconds than ever before.
class LossSlots {
 public:
  static constexpr std::size_t kSlots = 64;
  static constexpr double kMostPerSecond = 8;

  // What a reply touches, in two steps (probes/fetch.h): the second needs what the first has fetched.
  void fetch() const { blipd::fetch(&newest_, 2 * sizeof newest_); }
  void fetch_slot() const { blipd::fetch(&slots_[newest_]); }
  void add_reply(Instant sent);
  void add_failure(Instant sent, const Likelihood& likelihood);
  /// The failure of that time was none: an answer came after all.
  void take_back(Instant sent, const Likelihood& likelihood);
  /// That probe proves nothing.
  void withdraw(Instant sent, const Likelihood& likelihood);
  /// Forgets all.
  void clear();
  /// Nothing that counts has failed in what is kept.
  bool quiet() const;

  /// The sums at each level, without the seconds in which our own side was ill.
  std::array<Suspicion, kLossLevels.size()> judge(const Verdicts& verdicts) const;

 private:
  struct Slot {
    std::int32_t second = -1;
    std::uint32_t replies = 0;
    Instant first_reply{};
    Instant last_reply{};
  };
  /// Of one slot. Few have any: they stand beside the slots, and are found by `failed_of_`.
  struct Failures {
    std::uint32_t count = 0;           ///< 0: free for another slot
    std::uint32_t replies_before = 0;  ///< of the slot's replies, those sent before the first failure
    Likelihood likelihood{};
    Instant first{};
    Instant last{};
  };
  static constexpr std::uint8_t kNone = 0xff;

  // Each gives the index of a slot, kSlots if there is none.
  std::size_t slot_of(Instant sent);
  std::size_t find(Instant sent) const;
  /// Null without any.
  Failures* failures_of(std::size_t slot) { return failed_of_[slot] == kNone ? nullptr : &failed_[failed_of_[slot]]; }
  const Failures* failures_of(std::size_t slot) const {
    return failed_of_[slot] == kNone ? nullptr : &failed_[failed_of_[slot]];
  }
  Failures& make_failures(std::size_t slot);
  void drop_failures(std::size_t slot);
  /// One bit for each slot that is left out, because our own side was ill when it failed.
  std::uint64_t left_out(const Verdicts& verdicts) const;
  static std::array<std::uint8_t, kSlots> none_failed() {
    std::array<std::uint8_t, kSlots> none{};
    none.fill(kNone);
    return none;
  }
  /// Takes that many replies into the sum.
  static void lower(Suspicion& s, std::uint32_t replies, double weight, std::size_t level);
  /// Takes a slot into the sum; `reply` is the newest reply before it.
  static void advance(Suspicion& s, const Slot& slot, const Failures* failures, std::size_t level, Instant reply);

  std::array<Slot, kSlots> slots_{};
  std::array<std::uint8_t, kSlots> failed_of_ = none_failed();  ///< index in `failed_`
  std::vector<Failures> failed_;
  std::size_t newest_ = 0;  ///< index of the newest second
  std::size_t used_ = 0;
  mutable bool judged_ = false;                          ///< nothing was told since `last_look_`
  std::uint64_t failures_ = 0;                           ///< of all slots
  std::array<Suspicion, kLossLevels.size()> carried_{};  ///< over what is not kept any more
  Instant carried_reply_{};                              ///< the newest reply of that
  struct Look {
    std::array<Suspicion, kLossLevels.size()> sums{};
    std::uint64_t left_out = 0;
  };
  mutable Look last_look_;  ///< only if judged_
};

}  // namespace blipd

// The newest probes of a network that is asked seldom, in the order of their sends, whoever asked for them.
//
// Background probes minutes apart say nothing of bursts of seconds. Probes that were sent one after the other to follow
// a loss do: they are in no ratio, and how losses lie among neighbours is no ratio.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "daemon/detect/loss_shape.h"
#include "probes/clock.h"

namespace blipd {

/// Losses close together, from the first to the last.
///
/// Whether it is a fall is decided as soon as it can be, because each probe of one that is asked seldom is dear: a
/// sequential probability ratio test (A. Wald, Annals of Mathematical Statistics 16, 1945) of a loss of 0.6, as falls
/// have it whose hosts go one after the other, against 0.25, over probes no closer than LossTrain::kWitnesses after the
/// first loss.
struct Bout {
  enum class Weight : std::uint8_t { undecided, heavy, light };
  Instant from{};
  Instant to{};
  std::uint64_t probes = 0;  ///< from the first loss to the last
  std::uint64_t losses = 0;
  std::uint64_t hosts = 0;  ///< one bit for each that lost, of 64
  Instant before{};         ///< the last loss of the bout before
  Weight weight = Weight::undecided;
};

/// Probing thread only. Pure. Holds nothing before `keep`.
class LossTrain {
 public:
  /// Probes that were sent no further apart than this are neighbours.
  static constexpr Duration kNeighbours = std::chrono::seconds(6);

  /// Losses further apart belong to different bouts.
  static constexpr Duration kBetweenBouts = std::chrono::seconds(60);

  /// Probes closer than this tell of the same burst.
  static constexpr Duration kWitnesses = std::chrono::seconds(5);

  /// Whether to keep probes at all.
  void keep(bool wanted);
  void on_suspect(std::uint32_t place, Instant sent) { put(place, sent, true); }
  /// The suspect of that send was none, if it was one.
  void on_reply(std::uint32_t place, Instant sent) { put(place, sent, false); }
  void on_withdrawn(std::uint32_t place, Instant sent);
  /// How losses lie among the neighbours sent at `since` or later and at `until` at the latest. The first probe of a
  /// train is nobody's neighbour, and is not counted.
  LossTransitions since(Instant since, Instant until) const;
  /// The newest bout of losses that lie no further than kBetweenBouts apart; without any losses if there is none.
  Bout newest_bout() const;
  /// Of those sent at `since` or later, each longer than kBetweenBouts after the one before: nobody asked for them
  /// because of a loss just before.
  ReplyCount lone_since(Instant since) const;
  /// Changes whenever something is told.
  std::uint64_t told() const { return told_; }

 private:
  static constexpr std::size_t kKept = 512;
  struct Probe {
    Instant sent{};
    std::uint32_t place = 0;
    bool lost = false;
  };

  void put(std::uint32_t place, Instant sent, bool lost);

  std::uint64_t told_ = 0;
  std::vector<Probe> probes_;  ///< by send time; at most kKept
};

}  // namespace blipd

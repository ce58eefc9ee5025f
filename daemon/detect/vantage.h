// Is it us? The verdict on our own vantage, from references.
//
// A reference is silent from the send of its last answered probe to the send of the next answered one, if a probe
// between them went unanswered. The vantage is ill
//
//   * while so many references are silent that fewer than `quorum` are left: one lost probe counts where at least two
//     references lost theirs together, otherwise it takes two in a row. An answer that was held up for longer than a
//     module would wait is as good as lost;
//   * while the references together lose more than chance explains (the whole Wilson interval of their loss over the
//   last
//     minute above the threshold, and still so without the worst of them): 10 % loss of ours is enough;
//   * in seconds in which the kernel refused a tenth of what we tried to send;
//   * while the machine slept, and around a change of its address.
//
// Because silence is dated back to the last answer, the verdict reaches back before the moment it is reached; failures
// wait for it (Store's kHold). While references answer it is never us, however many networks fail.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "daemon/detect/border.h"
#include "daemon/detect/vantage_view.h"
#include "probes/clock.h"

namespace blipd {

struct VantageRules {
  std::size_t references = 0;
  std::size_t quorum = 0;
  double common_loss = 0.05;  ///< of the loss test
};

/// Probing thread only. Pure.
class Vantage final : public VantageView {
 public:
  /// New references: what was known of the old ones is forgotten, verdicts reached stay.
  void configure(const VantageRules& rules, Instant now);

  /// How much longer than the fastest of the last minutes an answer of a reference may take; zero: as long as its
  /// timeout. Half the shortest timeout of a module: what holds up the references for longer makes probes of ours fail.
  void set_patience(Duration patience) { patience_ = patience; }

  /// The outcome of a reference probe; a reply may correct a failure with the same `sent`.
  void on_reference(std::size_t reference, Instant sent, bool reply, Duration round_trip = {});
  /// Probes tried in one step, and those of them the kernel refused for want of resources or permission. At most three
  /// seconds late.
  void on_sends(Instant at, std::uint64_t tried, std::uint64_t refused);
  /// Every network fell silent together, from here to there, while no reference is configured to say whose fault it is.
  void on_common_silence(Instant from, Instant to);

  /// Something else happened to our own side: the machine slept, or its address changed.
  void on_own_fault(Instant from, Instant to) { troubles_.add(from, to); }

  /// Reaches verdicts with what is known at `now`. Called about every second, and before booking.
  void judge(Instant now);

  bool ill_during(Instant from, Instant to) const override;
  /// A quorum of references has answered what was sent up to then. Without references: what `on_life` said.
  Instant confirmed_until() const override;
  bool doubtful() const override;
  bool clear_since(Instant since, double loss) const override;
  /// The references' losses of late are outweighed by their answers: what our side suffered is over.
  bool settled() const;
  /// Without references: answers to what was sent then came from elsewhere than from the network in question.
  void on_life(Instant sent) { life_ = std::max(life_, sent); }
  /// The newest verdict.
  bool ok() const { return ok_; }
  /// Since when it holds, by the probes it rests on: the earliest there is for an illness, the latest for its end.
  Instant since() const { return since_; }
  /// When our side turned, for an event: between the last probe of a reference that went one way and the first that
  /// went the other. Where it is not references that fell silent, or were back, that is `since`.
  const Border& turned() const { return turned_; }
  bool responding(std::size_t reference) const;

 private:
  struct Outcome {
    Instant sent{};
    bool reply = false;
    bool held_up = false;  ///< the reply
    Duration round_trip{};
    bool in_time() const { return reply && !held_up; }
  };
  struct Span {
    Instant from{};
    Instant to{};
  };
  /// Spans that do not touch, oldest first.
  class Spans {
   public:
    void add(Instant from, Instant to);
    bool meets(Instant from, Instant to) const;
    /// The newest one; none without any.
    std::optional<Span> newest() const;
    void forget_before(Instant t);

   private:
    std::deque<Span> spans_;
  };
  struct SentSecond {
    Instant second{};
    std::uint64_t tried = 0;
    std::uint64_t refused = 0;
  };
  struct Silence {
    Instant from{};
    Instant first_lost{};
    Instant last_lost{};
    Instant to{};
    std::size_t lost = 0;  ///< probes in a row
  };

  std::vector<Silence> silences(const std::vector<Outcome>& outcomes) const;
  void judge_quorum();
  void judge_loss(Instant now);
  bool loses(Instant now) const;
  bool blacked_out(Instant from, Instant to) const;
  void date(Instant now);
  Border fell_silent() const;
  Border came_back() const;

  bool is_held_up(const std::vector<Outcome>& outcomes, Duration round_trip) const;

  VantageRules rules_;
  Instant begun_{};  ///< when these references were first asked
  Duration patience_{};
  std::vector<std::vector<Outcome>> outcomes_;  ///< per reference, by send time
  Spans blackouts_;                             ///< fewer than a quorum were left
  std::optional<Instant> blackout_since_;       ///< and are, from then on
  Spans troubles_;                              ///< ill for any other reason
  std::array<SentSecond, 4> sent_{};            ///< the last seconds: other threads tell of theirs a little later
  bool ok_ = true;
  Instant since_{};
  Border turned_;
  bool losing_ = false;
  Instant next_look_{};
  Instant life_{};
  /// CUSUM of a common loss of 10 % of the references against one of 1 %.
  double doubt_ = 0;
  Instant doubt_since_{};
};

}  // namespace blipd

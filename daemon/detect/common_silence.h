// Five or more networks that all fall silent within ten seconds: without references nobody can say whether that is them
// or us, so it is taken for us. With references it is never asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "probes/clock.h"
#include "probes/fetch.h"

namespace blipd {

/// What is to be known of some networks together; of all of them it is the sum.
struct SilenceTally {
  std::size_t living = 0;           ///< networks that have ever answered
  bool all_silent = true;           ///< each of these has been silent since its newest answer
  Instant first = Instant::max();   ///< the oldest of their newest answers, by send time
  Instant newest = Instant::min();  ///< and the newest
  Instant second = Instant::min();  ///< and the one of the network that was answered second to last

  void add(const SilenceTally& other);
  /// Since when every network that had been answering has been silent; nullopt while one answers.
  std::optional<Instant> silent_since() const;
  /// Our side works for what was sent up to then: of fewer than five networks nobody can tell, so always; of more, the
  /// newest answer from the network that was answered second to last.
  Instant life(Instant now) const;
};

/// Probing thread only. Pure.
class CommonSilence {
 public:
  void resize(std::size_t networks) { networks_.resize(networks); }
  void clear() { networks_.clear(); }

  /// Fetches what is known of the network (probes/fetch.h).
  void fetch(std::size_t network) const { blipd::fetch(&networks_[network]); }
  void on_reply(std::size_t network, Instant sent);
  void on_suspect(std::size_t network, Instant sent);
  SilenceTally tally() const;

 private:
  struct Network {
    std::optional<Instant> newest_reply;
    std::uint64_t suspects = 0;  ///< of probes sent after it
  };
  std::vector<Network> networks_;
};

}  // namespace blipd

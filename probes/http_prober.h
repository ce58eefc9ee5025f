// The prober `http`: one request, one connection and one address for each probe, on a thread of its own.
//
// The daemon's probing thread puts tasks into a queue and takes ended exchanges out of another; a TLS handshake never
// delays an echo request. Every request that was taken ends in exactly one answer, by its timeout at the latest, unless
// the prober is destroyed before.
#pragma once

#include <cstddef>
#include <memory>

#include "probes/prober.h"

namespace blipd {

class HttpProber final : public Prober {
 public:
  /// Exchanges at a time, at most: what descriptors allow, 256 of which are left to others.
  static constexpr std::size_t kMostExchanges = 1024;
  static constexpr std::size_t kDescriptorsOfOthers = 256;

  static Result<std::unique_ptr<Prober>> open(const ProbeEnvironment& environment);
  ~HttpProber() override;

  /// EAGAIN for what is more than the exchanges that fit.
  void send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
            std::span<SendResult> results) override;
  /// Never stops early.
  bool receive(AnswerSink& sink) override;
  /// Never: nothing that is quoted is ours.
  bool quotes(const Answer& short_quote, const ProbeRequest& request) const override;
  std::vector<int> descriptors() const override;
  ProberFaults faults() override;

 private:
  class Thread;
  HttpProber(std::unique_ptr<Thread> thread, std::size_t most);

  const std::unique_ptr<Thread> thread_;
  const std::size_t most_;
  std::size_t in_flight_ = 0;  // taken, and not yet answered to the sink
};

extern const ProberType kHttpProber;

}  // namespace blipd

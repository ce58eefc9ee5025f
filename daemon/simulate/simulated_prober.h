// A prober whose packets go into a World.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "daemon/simulate/simulated_link.h"
#include "probes/prober.h"

namespace blipd {

class SimulatedProber final : public Prober {
 public:
  SimulatedProber(SimulatedLink& link, Protocol protocol) : link_(link), protocol_(protocol) {}

  void send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
            std::span<SendResult> results) override;
  bool receive(AnswerSink& sink) override;
  bool quotes(const Answer& short_quote, const ProbeRequest& request) const override;
  std::vector<int> descriptors() const override { return {}; }
  ProberFaults faults() override { return {}; }

  /// When the earliest answer will be there; none without one. Good as long as somebody holds it.
  std::shared_ptr<const std::optional<Instant>> next_arrival() const { return next_; }

 private:
  SimulatedLink& link_;
  Protocol protocol_;
  std::vector<Answer> waiting_;  ///< a heap, the earliest first
  std::vector<Answer> due_;
  std::shared_ptr<std::optional<Instant>> next_ = std::make_shared<std::optional<Instant>>();
};

}  // namespace blipd

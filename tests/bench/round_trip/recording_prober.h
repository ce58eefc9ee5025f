// Stands between the engine and a prober and writes down the two instants that the engine makes a round-trip time of:
// when a probe left, and when its reply was received.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "probes/prober.h"
#include "tests/bench/round_trip/capture.h"

namespace blipd::bench {

struct RecordedTime {
  ProbeName name;
  Instant at{};
};

/// Outlives the prober. `sent` and `received` hold what there was room for, in the order it happened.
struct Recording {
  explicit Recording(std::size_t most) {
    sent.reserve(most);
    received.reserve(most);
  }
  std::vector<RecordedTime> sent;
  std::vector<RecordedTime> received;
  std::uint64_t refused = 0;
};

class RecordingProber final : public Prober, private AnswerSink {
 public:
  RecordingProber(std::unique_ptr<Prober> inner, Recording& recording)
      : inner_(std::move(inner)), recording_(recording) {}

  void send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
            std::span<SendResult> results) override;
  bool receive(AnswerSink& sink) override;
  bool quotes(const Answer& short_quote, const ProbeRequest& request) const override {
    return inner_->quotes(short_quote, request);
  }
  std::vector<int> descriptors() const override { return inner_->descriptors(); }
  ProberFaults faults() override { return inner_->faults(); }

 private:
  void on_answers(std::span<const Answer> answers) override;

  std::unique_ptr<Prober> inner_;
  Recording& recording_;
  AnswerSink* sink_ = nullptr;
};

}  // namespace blipd::bench

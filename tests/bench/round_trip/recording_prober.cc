#include "tests/bench/round_trip/recording_prober.h"

namespace blipd::bench {
namespace {

void write_down(std::vector<RecordedTime>& times, TargetNumber number, FlightSlot slot, Instant at) {
  if (times.size() < times.capacity()) times.push_back({{number.block, number.place, slot}, at});
}

}  // namespace

void RecordingProber::send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
                           std::span<SendResult> results) {
  inner_->send(options, requests, results);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (results[i].error == 0) {
      write_down(recording_.sent, requests[i].number, requests[i].slot, results[i].at);
    } else {
      ++recording_.refused;
    }
  }
}

bool RecordingProber::receive(AnswerSink& sink) {
  sink_ = &sink;
  return inner_->receive(*this);
}

void RecordingProber::on_answers(std::span<const Answer> answers) {
  for (const Answer& answer : answers) {
    if (answer.kind == AnswerKind::reply) write_down(recording_.received, answer.number, answer.slot, answer.received);
  }
  sink_->on_answers(answers);
}

}  // namespace blipd::bench

// How far blipd's round-trip times are from those of a packet capture of the same traffic, probe by probe.
//
// Runs the engine of the daemon on its thread, with its sockets, over loopback, and a capture beside it on another
// core. Both write down when each probe left and when its reply arrived; afterwards the two are joined by what the
// packets carry. Prints one line of JSON, times in microseconds. Must run in a network namespace where nobody else
// pings.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/config/load.h"
#include "daemon/engine/engine.h"
#include "daemon/service/probing_thread.h"
#include "tests/bench/round_trip/capture.h"
#include "tests/bench/round_trip/recording_prober.h"

namespace blipd::bench {
namespace {

struct Options {
  std::string config;
  double seconds = 5;
  double rate = 1000;
  int core = 0;  ///< of the capture
};

/// One probe in both books; times count from any moment, each book from its own.
struct Joined {
  std::optional<std::chrono::nanoseconds> sent;
  std::optional<std::chrono::nanoseconds> received;
  std::optional<std::chrono::nanoseconds> request;
  std::optional<std::chrono::nanoseconds> reply;
  bool twice = false;  ///< something of that name came twice: which belongs to which is not known

  bool whole() const { return sent && received && request && reply && !twice; }
};

class Joiner {
 public:
  void put(const ProbeName& name, std::optional<std::chrono::nanoseconds> Joined::*field,
           std::chrono::nanoseconds time) {
    Joined& joined = probes_[name];
    joined.twice |= (joined.*field).has_value();
    joined.*field = time;
  }
  const std::map<ProbeName, Joined>& probes() const { return probes_; }

 private:
  std::map<ProbeName, Joined> probes_;
};

double at_share(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::nan("");
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void print(const Recording& recording, const Capture& capture) {
  Joiner joiner;
  for (const RecordedTime& time : recording.sent) joiner.put(time.name, &Joined::sent, time.at.time_since_epoch());
  for (const RecordedTime& time : recording.received) {
    joiner.put(time.name, &Joined::received, time.at.time_since_epoch());
  }
  for (const CapturedPacket& packet : capture.packets()) {
    joiner.put(packet.name, packet.reply ? &Joined::reply : &Joined::request, packet.wall);
  }
  std::vector<double> errors;
  std::vector<double> sizes;
  std::vector<double> captured;
  std::size_t below_zero = 0;
  const auto microseconds = [](std::chrono::nanoseconds d) { return static_cast<double>(d.count()) / 1000; };
  for (const auto& [name, joined] : joiner.probes()) {
    if (!joined.whole()) continue;
    const std::chrono::nanoseconds ours = *joined.received - *joined.sent;
    const std::chrono::nanoseconds theirs = *joined.reply - *joined.request;
    if (ours.count() < 0) ++below_zero;
    // What is below zero is published as zero.
    errors.push_back(microseconds(std::max(ours, std::chrono::nanoseconds(0)) - theirs));
    sizes.push_back(std::abs(errors.back()));
    captured.push_back(microseconds(theirs));
  }
  for (std::vector<double>* values : {&errors, &sizes, &captured}) std::sort(values->begin(), values->end());
  std::printf(
      "{\"sent\": %zu, \"refused\": %llu, \"compared\": %zu, \"capture_drops\": %llu, \"below_zero\": %zu, "
      "\"captured_p50\": %.3f, \"captured_p99\": %.3f, \"error_p50\": %.3f, \"error_p99\": %.3f, \"error_most\": %.3f, "
      "\"bias\": %.3f}\n",
      recording.sent.size(), static_cast<unsigned long long>(recording.refused), errors.size(),
      static_cast<unsigned long long>(capture.drops()), below_zero, at_share(captured, 0.5), at_share(captured, 0.99),
      at_share(sizes, 0.5), at_share(sizes, 0.99), at_share(sizes, 1), at_share(errors, 0.5));
}

int fail(const std::string& why) {
  std::fprintf(stderr, "round_trip: %s\n", why.c_str());
  return 1;
}

int run(const Options& options) {
  Result<Config> config = load_config(options.config);
  if (!config) return fail(config.error().message);
  const auto most = static_cast<std::size_t>((options.seconds + 5) * options.rate * 1.2) + 10000;
  Recording recording(most);
  Result<std::unique_ptr<Capture>> capture = Capture::start(2 * most, options.core);
  if (!capture) return fail(capture.error().message);

  EnginePorts ports = kernel_ports();
  ports.open = [open = ports.open, &recording](const ProberType& type,
                                               const ProbeEnvironment& environment) -> Result<std::unique_ptr<Prober>> {
    Result<std::unique_ptr<Prober>> opened = open(type, environment);
    if (!opened) return opened.error();
    return std::unique_ptr<Prober>(std::make_unique<RecordingProber>(std::move(*opened), recording));
  };
  const std::unique_ptr<Engine> engine = Engine::create(std::move(ports), 1);
  Result<PreparedConfigPtr> prepared =
      engine->prepare(std::make_shared<const Config>(std::move(*config)), BootClock::now());
  if (!prepared) return fail(prepared.error().message);
  Result<std::unique_ptr<ProbingThread>> thread = ProbingThread::open(*engine);
  if (!thread) return fail(thread.error().message);
  engine->apply(std::move(*prepared), BootClock::now());
  (*thread)->start();
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  (*thread)->stop();
  (*capture)->stop();
  print(recording, **capture);
  return 0;
}

}  // namespace
}  // namespace blipd::bench

int main(int argc, char** argv) {
  blipd::bench::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = std::min(argument.find('='), argument.size() - 1);
    const std::string name(argument.substr(0, equals));
    const char* value = argument.data() + equals + 1;
    if (name == "--config") {
      options.config = value;
    } else if (name == "--seconds") {
      options.seconds = std::strtod(value, nullptr);
    } else if (name == "--rate") {
      options.rate = std::strtod(value, nullptr);
    } else if (name == "--capture-core") {
      options.core = std::atoi(value);
    } else {
      std::fprintf(stderr, "usage: round_trip --config=FILE [--seconds=N] [--rate=PROBES] [--capture-core=N]\n");
      return 2;
    }
  }
  return blipd::bench::run(options);
}

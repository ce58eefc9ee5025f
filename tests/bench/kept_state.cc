// What it costs to keep the state of a large configuration: for how long the probing thread is away for one piece, and
// how long the whole takes on the thread that encodes it. In virtual time, nothing is sent.
//
//   bench_kept_state [hosts [networks]]
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/service/state_saver.h"
#include "tests/support/fake_network.h"

namespace {

using namespace blipd;
/// Of this thread's processor time: what others do meanwhile is not ours.
double microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Median and longest of some spans, and their sum.
class Spans {
 public:
  template <class Work>
  auto time(Work&& work) {
    const double from = microseconds();
    auto result = work();
    spans_.push_back(microseconds() - from);
    return result;
  }
  void print(const char* what) {
    std::sort(spans_.begin(), spans_.end());
    double sum = 0;
    for (const double span : spans_) sum += span;
    std::printf("%-34s %8zu %12.1f %12.1f %12.1f\n", what, spans_.size(), spans_[spans_.size() / 2], spans_.back(),
                sum / 1000);
  }

 private:
  std::vector<double> spans_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto hosts = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 1'000'000);
  const auto networks = static_cast<unsigned>(argc > 2 ? std::atoi(argv[2]) : 1000);
  test::ConfigBuilder config;
  for (unsigned n = 0; n < networks; ++n) {
    config.network("net" + std::to_string(n), 0, 0);
    const unsigned share = hosts / networks;
    for (unsigned i = 0; i < share; ++i) {
      config.raw().networks.back().hosts.push_back(Address::v4(0x0a000000U + n * share + i));
    }
  }
  config.raw().windows.push_back({"1h", std::chrono::hours(1)});
  config.timing(std::chrono::seconds(10), std::chrono::seconds(3));
  const auto built = config.build();
  test::VirtualDaemon daemon(built);
  daemon.run_for(std::chrono::seconds(12));

  std::printf("%u hosts in %u networks\n%-34s %8s %12s %12s %12s\n", hosts, networks, "", "pieces", "median us",
              "longest us", "all ms");
  Spans windows;
  for (WindowsPiece piece; !piece.last;) {
    piece = windows.time([&] { return daemon.engine().kept_windows(piece.next, StateSaver::kModulesInPiece); });
  }
  windows.print("windows, probing thread");
  Spans pieces;
  Spans encoding;
  std::size_t bytes = 0;
  std::vector<std::vector<std::uint8_t>> blobs;
  for (const NetworkConfig& network : built->networks) {
    HostsEncoder encoder;
    encoder.begin_module(1, false);
    for (HostsPiece piece; !piece.last;) {
      piece =
          pieces.time([&] { return daemon.engine().kept_hosts(network.name, piece.next, StateSaver::kHostsInPiece); });
      encoding.time([&] {
        for (const TargetState& host : piece.hosts) encoder.add(saved_host(host, 0));
        return true;
      });
    }
    blobs.push_back(encoder.take());
    bytes += blobs.back().size();
  }
  pieces.print("hosts, probing thread");
  encoding.print("hosts, encoded");
  test::VirtualDaemon next(built);
  Spans starting;
  for (std::size_t n = 0; n < networks; ++n) {
    starting.time([&] {
      RestoredState state;
      state.modules.push_back({built->networks[n].name, "ping", {}, {}});
      const auto modules = decode_hosts(blobs[n]);
      for (const SavedModuleHosts& module : *modules) {
        for (const SavedHost& host : module.hosts) state.modules[0].hosts.push_back({known_host(host), host.name, {}});
      }
      next.engine().restore(std::move(state), next.network.now);
      return true;
    });
  }
  starting.print("hosts, restored at a start");
  std::printf("%.1f MB of hosts\n", static_cast<double>(bytes) / 1e6);
}

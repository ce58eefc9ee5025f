// The floor: what it costs to send the packets and read the answers, and nothing else (bare_loop.h).
//
// Paced at a rate it sleeps until probes are due, gathers them for as long as blipd does, sends them in batches and
// reads what came. With --rate=0 it goes as fast as answers come, with at most --flight packets unanswered.
#include <poll.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "probes/clock.h"
#include "tests/bench/floor/bare_loop.h"

namespace {

using blipd::bench::BareLoop;

struct Options {
  double rate = 10000;
  double seconds = 10;
  double gather_ms = 5;  ///< probes due within this time leave together
  double flight = 0;     ///< at most so many unanswered; 0: no matter
  double count = 0;      ///< flat out: ends after so many probes; 0: no matter
  blipd::bench::BareOptions bare{.first = blipd::Address::v4(0x7f010000U), .hosts = 10000};
};

struct Count {
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  std::uint64_t replies = 0;
  std::uint64_t wakes = 0;
  double elapsed = 0;
  double cpu = 0;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double since(blipd::Instant start) { return blipd::to_seconds(blipd::BootClock::now() - start); }

void send_batch(BareLoop& loop, std::uint64_t& next, std::size_t size, Count& count) {
  const std::size_t taken = loop.send(next, size);
  count.sent += taken;
  count.refused += size - taken;
  next += size;
}

Count run_paced(BareLoop& loop, const Options& options) {
  Count count;
  const double cpu_before = cpu_seconds();
  const blipd::Instant start = blipd::BootClock::now();
  std::uint64_t next = 0;
  // What a delay has left undone is caught up in steps, with answers read in between.
  constexpr std::uint64_t kMostPerStep = 1024;
  for (;;) {
    const double now = since(start);
    if (now >= options.seconds) break;
    const auto due = static_cast<std::uint64_t>(now * options.rate);
    for (const std::uint64_t until = std::min(due, next + kMostPerStep); next < until;) {
      send_batch(loop, next, std::min<std::uint64_t>(BareLoop::kBatch, until - next), count);
    }
    count.replies += loop.receive();
    if (next < due) continue;
    const double wake = std::max((static_cast<double>(next) + 1) / options.rate, now + options.gather_ms / 1000);
    const double pause = wake - since(start);
    if (pause <= 0) continue;
    const auto nanoseconds = static_cast<long>(pause * 1e9);
    const timespec wait{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
    ::nanosleep(&wait, nullptr);
    ++count.wakes;
  }
  count.elapsed = since(start);
  count.cpu = cpu_seconds() - cpu_before;
  return count;
}

Count run_flat_out(BareLoop& loop, const Options& options) {
  /// What is unanswered so long is given up.
  constexpr double kPatience = 1;
  Count count;
  const double cpu_before = cpu_seconds();
  const blipd::Instant start = blipd::BootClock::now();
  std::uint64_t next = 0;
  std::uint64_t given_up = 0;
  double last_reply = 0;
  for (;;) {
    count.elapsed = since(start);
    if (count.elapsed >= options.seconds) break;
    if (options.count > 0 && static_cast<double>(count.sent) >= options.count) break;
    const std::uint64_t unanswered = count.sent - count.replies - given_up;
    if (options.flight == 0 || static_cast<double>(unanswered + BareLoop::kBatch) <= options.flight) {
      send_batch(loop, next, BareLoop::kBatch, count);
      count.replies += loop.receive();
      continue;
    }
    pollfd readable{loop.descriptor(), POLLIN, 0};
    ::poll(&readable, 1, 10);
    ++count.wakes;
    const std::size_t more = loop.receive();
    count.replies += more;
    if (more > 0) last_reply = count.elapsed;
    if (count.elapsed - last_reply > kPatience) given_up = count.sent - count.replies;
  }
  count.cpu = cpu_seconds() - cpu_before;
  return count;
}

bool read_number(std::string_view argument, std::string_view name, double& value) {
  if (!argument.starts_with(name)) return false;
  value = std::strtod(argument.data() + name.size(), nullptr);
  return true;
}

bool read_argument(std::string_view argument, Options& options) {
  constexpr std::string_view kFirst = "--first=";
  double hosts = 0;
  if (argument.starts_with(kFirst)) {
    const std::optional<blipd::Address> first = blipd::Address::parse(argument.substr(kFirst.size()));
    options.bare.first = first.value_or(options.bare.first);
    return first.has_value();
  }
  if (read_number(argument, "--hosts=", hosts)) {
    options.bare.hosts = static_cast<std::uint32_t>(hosts);
    return hosts >= 1;
  }
  if (argument == "--tcp-syn") return options.bare.tcp_syn = true;
  if (argument == "--bound") return options.bare.bound = true;
  if (argument == "--send-stamps") return options.bare.send_stamps = true;
  return read_number(argument, "--rate=", options.rate) || read_number(argument, "--seconds=", options.seconds) ||
         read_number(argument, "--flight=", options.flight) || read_number(argument, "--count=", options.count) ||
         read_number(argument, "--gather=", options.gather_ms);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (read_argument(argv[i], options)) continue;
    std::fprintf(stderr,
                 "usage: floor [--rate=PER_SECOND|0] [--gather=MILLISECONDS] [--flight=N] [--count=N] [--seconds=N]\n"
                 "             [--hosts=N] [--first=ADDRESS] [--tcp-syn] [--bound] [--send-stamps]\n");
    return 2;
  }
  blipd::Result<std::unique_ptr<BareLoop>> opened = BareLoop::open(options.bare);
  if (!opened) {
    std::fprintf(stderr, "floor: %s\n", opened.error().message.c_str());
    return 1;
  }
  BareLoop& loop = **opened;
  Count count = options.rate > 0 ? run_paced(loop, options) : run_flat_out(loop, options);
  const std::uint64_t in_time = count.replies;
  // What is on its way still counts as answered, but not into the rate.
  for (pollfd readable{loop.descriptor(), POLLIN, 0}; count.replies<count.sent&& ::poll(&readable, 1, 1000)> 0;) {
    const std::size_t more = loop.receive();
    if (more == 0) break;
    count.replies += more;
  }
  std::printf(
      "{\"sent\": %llu, \"refused\": %llu, \"replies\": %llu, \"replies_per_second\": %.0f, "
      "\"cpu_us_per_probe\": %.4f, \"cpu_share\": %.3f, \"wakes_per_second\": %.0f}\n",
      static_cast<unsigned long long>(count.sent), static_cast<unsigned long long>(count.refused),
      static_cast<unsigned long long>(count.replies), static_cast<double>(in_time) / count.elapsed,
      count.cpu * 1e6 / static_cast<double>(std::max<std::uint64_t>(count.sent, 1)), count.cpu / count.elapsed,
      static_cast<double>(count.wakes) / count.elapsed);
  return 0;
}

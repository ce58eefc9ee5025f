#include "daemon/service/run.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/load.h"
#include "daemon/service/daemon.h"
#include "daemon/service/listen_fds.h"
#include "daemon/service/open_files.h"
#include "daemon/service/version.h"
#include "probes/out_of_memory.h"

namespace blipd {
namespace {

namespace asio = boost::asio;

constexpr int kStopSignals[] = {SIGTERM, SIGINT};
constexpr Duration kTick = std::chrono::seconds(1);
constexpr Duration kTickBeforeReady = std::chrono::milliseconds(50);
/// How long a stop waits for a reload under way.
constexpr Duration kReloadPatience = std::chrono::milliseconds(500);
/// How long a stop goes on encoding what is to be kept, and then writing what waits.
constexpr auto kEncodingPatience = std::chrono::milliseconds(300);
constexpr auto kStoragePatience = std::chrono::milliseconds(1000);

int fail(int code, const std::string& line) {
  std::cerr << line << '\n';
  return code;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

/// Nothing has been started that would have to be stopped.
void end_start(int) { ::_exit(kExitFine); }
/// A stop is under way and somebody asks again.
void exit_at_once(int) { ::_exit(kExitFailed); }

}  // namespace

Daemon::Daemon(const CommandOptions& options)
    : options_(options),
      log_(open_log(options.log_level, options.log_format, std::cerr)),
      manager_(std::getenv("NOTIFY_SOCKET") == nullptr ? "" : std::getenv("NOTIFY_SOCKET")),
      status_([this](const std::string& message) { manager_.send(message); }),
      watchdog_timeout_(watchdog_timeout([](const char* name) { return std::getenv(name); }, ::getpid())),
      watchdog_(watchdog_timeout_),
      keeper_(options.storage_path, *log_),
      desk_(*log_,
            {.started = std::chrono::system_clock::now(), .recorder = keeper_.recorder(), .source = keeper_.source()},
            [this] { asio::post(io_, [this] { take_events(); }); }),
      saver_(saver_ports()) {}

int Daemon::run() {
  end_when_out_of_memory();
  raise_open_file_limit();
  std::signal(SIGPIPE, SIG_IGN);
  // A limit on the size of files is an error of a write like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int signal : kStopSignals) std::signal(signal, end_start);
  const Result<std::vector<int>> inherited = take_listen_fds();
  if (inherited.has_error()) return fail(kExitFailed, "blipd: " + inherited.error().message);

  Result<Config> loaded = load_config(options_.config_file);
  if (loaded.has_error()) return fail(kExitUsage, loaded.error().message);
  const auto config = std::make_shared<const Config>(std::move(loaded.value()));
  load_ = load_of(*config);
  named_.set_loaded(config);
  Result<std::unique_ptr<ProbingThreads>> probing =
      ProbingThreads::open(ports(), random_seed(), config->engine_threads);
  if (probing.has_error()) return fail(kExitFailed, "blipd: " + probing.error().message);
  probing_ = std::move(probing.value());
  Result<ProbingThreads::Prepared> prepared = probing_->prepare(config, BootClock::now());
  if (prepared.has_error()) return fail(kExitFailed, "blipd: " + prepared.error().message);
  Result<std::unique_ptr<Resolver>> resolver =
      Resolver::open(io_, {}, [this](const std::vector<ResolvedName>& names) { names_changed(names); });
  if (resolver.has_error()) return fail(kExitFailed, "blipd: " + resolver.error().message);
  resolver_ = std::move(resolver.value());

  Result<std::unique_ptr<WebServer>> web = open_web(inherited.value());
  if (web.has_error()) return fail(kExitFailed, "blipd: " + web.error().message);
  web_ = std::move(web.value());

  // Before the threads are there, so that no reload can prepare while this switch is still due.
  probing_->apply(std::move(prepared.value()), BootClock::now());
  reloader_ = std::make_unique<Reloader>(reload_steps());
  restore(*config);
  for (const int signal : kStopSignals) signals_.add(signal);
  probing_->start();
  web_->start();
  log_->line(LogLevel::info, "started",
             {{"version", version()},
              {"config", options_.config_file},
              {"networks", load_.networks},
              {"targets", load_.targets},
              {"probes_per_second", load_.probes_per_second},
              {"listen", joined(web_->endpoints())}});
  warn_of_open_files();
  status_.tell(load_.sentence());
  resolver_->set_names(names_of(*config));
  await_signal();
  schedule_tick();
  io_.run();
  return kExitFine;
}

void Daemon::warn_of_open_files() {
  const std::size_t limit = open_file_limit();
  if (load_.open_files <= limit) return;
  log_->line(LogLevel::warn, "the limit on open files is low", {{"may_need", load_.open_files}, {"limit", limit}});
}

void Daemon::take_events() {
  const std::shared_ptr<const Config> config = named_.loaded();
  desk_.take(config->vantage.name, {BootClock::now(), std::chrono::system_clock::now()});
  web_->changed();
}

void Daemon::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      reloader_->request({});
      await_signal();
      return;
    }
    log_->line(LogLevel::info, "stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    stop();
  });
}

void Daemon::schedule_tick() {
  Duration pause = status_.is_ready() ? kTick : kTickBeforeReady;
  if (watchdog_timeout_ > Duration::zero()) pause = std::min<Duration>(pause, watchdog_timeout_ / 4);
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Daemon::tick() {
  const SnapshotPtr snapshot = probing_->snapshot();
  if (snapshot != nullptr && snapshot != seen_.lock()) {
    desk_.compare(*snapshot);
    web_->changed();
    // Without a route nothing may ever be sent, and the daemon is there to tell just that.
    if (snapshot->sending || snapshot->ready) status_.ready();
    if (keeper_.keeps()) saver_.tick(*named_.loaded(), snapshot->taken);
    own_side_.look(*snapshot, web_->accept_failures(), *named_.loaded());
    seen_ = snapshot;
  }
  watch(BootClock::now());
  schedule_tick();
}

void Daemon::watch(Instant now) {
  const Heartbeat heartbeat = probing_->heartbeat();
  if (watchdog_.ping(heartbeat, now)) status_.watchdog();
  const bool stalled = watchdog_.is_stalled(heartbeat, now);
  if (stalled && !stalled_) {
    log_->line(LogLevel::error, "the probing thread is stalled",
               {{"seconds_late", to_seconds(std::max(now - heartbeat.promised, heartbeat.late))}});
  } else if (!stalled && stalled_) {
    log_->line(LogLevel::info, "the probing thread goes on");
  }
  stalled_ = stalled;
}

void Daemon::stop() {
  for (const int signal : kStopSignals) {
    signals_.remove(signal);
    std::signal(signal, exit_at_once);
  }
  status_.stopping();
  timer_.cancel();
  resolver_->stop();
  const bool reload_ended = reloader_->stop(kReloadPatience);
  web_->stop();
  probing_->stop();
  take_events();
  const auto late = std::chrono::steady_clock::now() + kEncodingPatience;
  saver_.save_all(probing_->engines(), *named_.loaded(), std::chrono::system_clock::now(),
                  [late] { return std::chrono::steady_clock::now() >= late; });
  const bool kept = keeper_.stop(kStoragePatience);
  // A build cannot be interrupted and may take longer than a stop is allowed to; it changes nothing outside. Nor
  // can a thread that a disk holds up; what it has committed stays.
  if (!reload_ended || !kept) std::_Exit(kExitFine);
  io_.stop();
}

int run_daemon(const CommandOptions& options) {
  // A page of megabytes comes and goes with each scrape; its memory goes back to the system.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  return Daemon(options).run();
}

}  // namespace blipd

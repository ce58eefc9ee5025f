#include "daemon/service/run.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/load.h"
#include "daemon/engine/engine.h"
#include "daemon/export/web_server.h"
#include "daemon/names/resolver.h"
#include "daemon/service/event_desk.h"
#include "daemon/service/listen_fds.h"
#include "daemon/service/load.h"
#include "daemon/service/logging.h"
#include "daemon/service/named_config.h"
#include "daemon/service/own_side.h"
#include "daemon/service/probing_threads.h"
#include "daemon/service/reload.h"
#include "daemon/service/sd_notify.h"
#include "daemon/service/service_status.h"
#include "daemon/service/state_keeper.h"
#include "daemon/service/state_saver.h"
#include "daemon/service/version.h"
#include "daemon/service/watchdog.h"
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

class Daemon {
 public:
  explicit Daemon(const CommandOptions& options)
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

  int run();

 private:
  Result<std::unique_ptr<WebServer>> open_web(const std::vector<int>& inherited);
  StateSaver::Ports saver_ports();
  void restore(const Config& config);
  EnginePorts ports();
  Reloader::Steps reload_steps();
  Result<Reloader::Switch> build_reload();
  Result<Reloader::Switch> prepare_switch(const std::shared_ptr<const Config>& loaded);
  void names_changed(const std::vector<ResolvedName>& names);
  void reload_ended(const ReloadStatus& status);
  void take_events();
  void await_signal();
  void schedule_tick();
  void tick();
  void watch(Instant now);
  void stop();

  const CommandOptions& options_;
  // A SIGHUP during a long start waits here for the loop and kills nothing.
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGHUP};
  asio::steady_timer timer_{io_};
  const std::unique_ptr<Log> log_;
  const ServiceManagerSocket manager_;
  ServiceStatus status_;
  const Duration watchdog_timeout_;
  Watchdog watchdog_;
  StateKeeper keeper_;
  EventDesk desk_;
  StateSaver saver_;
  OwnSide own_side_{io_, *log_, [this](Instant from, Instant to) { probing_->on_own_fault(from, to); }};
  bool stalled_ = false;
  Load load_;                           // of the configuration that runs; control thread
  std::weak_ptr<const Snapshot> seen_;  ///< the newest that was looked at; of a thousand networks one takes megabytes

  NamedConfig named_;
  std::unique_ptr<Resolver> resolver_;
  // In this order: the reload thread ends before the engines that it prepares for. `stop` has ended the probing threads
  // by then, which may answer it.
  std::unique_ptr<ProbingThreads> probing_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<WebServer> web_;
};

int Daemon::run() {
  end_when_out_of_memory();
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
  status_.tell(load_.sentence());
  resolver_->set_names(names_of(*config));
  await_signal();
  schedule_tick();
  io_.run();
  return kExitFine;
}

Result<std::unique_ptr<WebServer>> Daemon::open_web(const std::vector<int>& inherited) {
  std::vector<std::string> addresses = options_.listen_addresses;
  if (addresses.empty() && inherited.empty()) addresses = {kDefaultListenAddress};
  WebEnvironment environment;
  environment.snapshot = [this] { return probing_->snapshot(); };
  environment.reload_status = [this] { return reloader_->status(); };
  environment.reload = [this](std::function<void(std::string)> done) {
    reloader_->request([done = std::move(done)](const std::string& error) { done(error); });
  };
  environment.storage = [this] { return keeper_.figures(); };
  environment.events = [this](const EventQuery& query) { return desk_.events().find(query); };
  environment.recent_events = [this] { return RecentEvents{desk_.events().open(), desk_.events().ended(10)}; };
  environment.config = [this] {
    const std::shared_ptr<const Config> config = named_.loaded();
    return ShownConfig{config->shown, config->vantage.contact};
  };
  environment.changes = desk_.changes();
  environment.targets = [this](const std::string& network, const TargetRange& range,
                               std::function<void(std::optional<TargetList>)> done) {
    probing_->ask(network, [network, range, done = std::move(done)](const Engine& engine) {
      done(engine.target_list(network, range));
    });
  };
  environment.log = [this](const std::string& line) { log_->line(LogLevel::debug, "web", {{"what", line}}); };
  return WebServer::open(addresses, inherited, std::move(environment));
}

StateSaver::Ports Daemon::saver_ports() {
  StateSaver::Ports ports;
  ports.threads = [this] { return probing_->count(); };
  ports.ask_thread = [this](std::size_t thread, auto question) { probing_->ask(thread, std::move(question)); };
  ports.ask_network = [this](const std::string& network, auto question) {
    probing_->ask(network, std::move(question));
  };
  ports.post = [this](std::function<void()> task) { asio::post(io_, std::move(task)); };
  ports.clock = [] { return WallAnchor{BootClock::now(), std::chrono::system_clock::now()}; };
  ports.put_windows = [this](WindowsBatch windows) { keeper_.put(std::move(windows)); };
  ports.put_hosts = [this](StateRow hosts) { keeper_.put(std::move(hosts)); };
  return ports;
}

void Daemon::restore(const Config& config) {
  const WallAnchor now{BootClock::now(), std::chrono::system_clock::now()};
  const auto give = [&](RestoredState state) { probing_->restore(std::move(state), now.instant); };
  desk_.events().restore(keeper_.start(config, now, give));
}

EnginePorts Daemon::ports() {
  EnginePorts ports = kernel_ports();
  ports.resolve_failures = [this] { return resolver_->failures(); };
  ports.on_event = [this](const Event& event) { desk_.put(event); };
  return ports;
}

Reloader::Steps Daemon::reload_steps() {
  Reloader::Steps steps;
  steps.build = [this] { return build_reload(); };
  steps.refresh = [this] { return prepare_switch(named_.loaded()); };
  steps.refresh_failed = [this](const std::string& error) {
    log_->line(LogLevel::error, "new addresses of names are not used", {{"error", error}});
  };
  steps.began = [this] {
    const auto monotonic = std::chrono::steady_clock::now().time_since_epoch();
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(monotonic).count();
    asio::post(io_, [this, microseconds] { status_.reloading(microseconds); });
  };
  steps.ended = [this](const ReloadStatus& status) { asio::post(io_, [this, status] { reload_ended(status); }); };
  steps.wall_clock = [] { return std::chrono::system_clock::now(); };
  return steps;
}

Result<Reloader::Switch> Daemon::build_reload() {
  Result<Config> loaded = load_config(options_.config_file);
  if (loaded.has_error()) return loaded.error();
  return prepare_switch(std::make_shared<const Config>(std::move(loaded.value())));
}

Result<Reloader::Switch> Daemon::prepare_switch(const std::shared_ptr<const Config>& loaded) {
  const std::shared_ptr<const Config> config = named_.resolve(loaded);
  Result<ProbingThreads::Prepared> prepared = probing_->prepare(config, BootClock::now());
  if (prepared.has_error()) return prepared.error();
  // A function has to be copyable; what it switches to is not.
  const auto ready = std::make_shared<ProbingThreads::Prepared>(std::move(prepared.value()));
  const Load load = load_of(*config);
  return Reloader::Switch([this, ready, load, loaded](std::function<void()> switched) {
    probing_->switch_to(std::move(*ready), [this, load, loaded, switched = std::move(switched)] {
      named_.set_loaded(loaded);
      asio::post(io_, [this, load, loaded] {
        load_ = load;
        keeper_.set_limits(loaded->storage);
        resolver_->set_names(names_of(*loaded));
      });
      switched();
    });
  });
}

void Daemon::names_changed(const std::vector<ResolvedName>& names) {
  if (!named_.set_addresses(names)) return;
  const auto resolved = std::count_if(
      names.begin(), names.end(), [](const ResolvedName& name) { return name.v4.has_value() || name.v6.has_value(); });
  log_->line(LogLevel::info, "names stand for other addresses",
             {{"names", names.size()}, {"resolved", static_cast<std::size_t>(resolved)}});
  reloader_->refresh();
}

void Daemon::reload_ended(const ReloadStatus& status) {
  if (status.successful) {
    log_->line(LogLevel::info, "reloaded",
               {{"config", options_.config_file},
                {"networks", load_.networks},
                {"targets", load_.targets},
                {"probes_per_second", load_.probes_per_second}});
    status_.reloaded(load_.sentence());
  } else {
    log_->line(LogLevel::error, "reload failed; the old configuration stays",
               {{"config", options_.config_file}, {"error", status.message}});
    status_.reloaded(load_.sentence() + "; reload failed: " + status.message);
  }
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

}  // namespace

int run_daemon(const CommandOptions& options) {
  // A page of megabytes comes and goes with each scrape; its memory goes back to the system.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  return Daemon(options).run();
}

}  // namespace blipd

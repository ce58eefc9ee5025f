// The daemon as a whole: what it is made of, and its control thread, which runs all of this unless said otherwise.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <memory>
#include <vector>

#include "daemon/engine/engine.h"
#include "daemon/export/web_server.h"
#include "daemon/names/resolver.h"
#include "daemon/service/command_line.h"
#include "daemon/service/event_desk.h"
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
#include "daemon/service/watchdog.h"

namespace blipd {

class Daemon {
 public:
  explicit Daemon(const CommandOptions& options);
  /// Until it is told to stop. Its exit code; what hinders a start is told on stderr.
  int run();

 private:
  // daemon_ports.cc
  Result<std::unique_ptr<WebServer>> open_web(const std::vector<int>& inherited);
  StateSaver::Ports saver_ports();
  void restore(const Config& config);
  EnginePorts ports();

  // daemon_reload.cc
  Reloader::Steps reload_steps();
  Result<Reloader::Switch> build_reload();
  Result<Reloader::Switch> prepare_switch(const std::shared_ptr<const Config>& loaded);
  void names_changed(const std::vector<ResolvedName>& names);
  void reload_ended(const ReloadStatus& status);

  // run.cc
  void warn_of_open_files();
  void take_events();
  void await_signal();
  void schedule_tick();
  void tick();
  void watch(Instant now);
  void stop();

  const CommandOptions& options_;
  // A SIGHUP during a long start waits here for the loop and kills nothing.
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGHUP};
  boost::asio::steady_timer timer_{io_};
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

}  // namespace blipd

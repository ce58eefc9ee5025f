// How the daemon changes its configuration: a new file, or new addresses of its names. Built on the reload thread.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/load.h"
#include "daemon/service/daemon.h"

namespace blipd {

namespace asio = boost::asio;

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
    warn_of_open_files();
    status_.reloaded(load_.sentence());
  } else {
    log_->line(LogLevel::error, "reload failed; the old configuration stays",
               {{"config", options_.config_file}, {"error", status.message}});
    status_.reloaded(load_.sentence() + "; reload failed: " + status.message);
  }
}

}  // namespace blipd

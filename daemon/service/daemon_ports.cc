// How the parts of the daemon reach each other: what the web server, the storage and the engines are given.
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/service/daemon.h"

namespace blipd {

namespace asio = boost::asio;

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

}  // namespace blipd

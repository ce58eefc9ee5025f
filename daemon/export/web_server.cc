#include "daemon/export/web_server.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/export/event_streams.h"
#include "daemon/export/listener.h"
#include "daemon/export/routes.h"
#include "daemon/export/web_session.h"
#include "probes/out_of_memory.h"

namespace blipd {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr std::size_t kConnectionLimit = 256;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kStopGrace{500};

class Server final : public WebServer {
 public:
  explicit Server(WebEnvironment environment)
      : environment_(std::move(environment)),
        routes_(environment_),
        streams_(*environment_.changes),
        shared_{routes_, environment_, io_, [this](WebSession& session) { on_closed(session); }, streams_} {}
  ~Server() override { stop(); }

  /// Takes the descriptor over.
  Result<void> add(const Listener& listener);
  void start() override;
  void stop() override;
  void changed() override {
    asio::post(*io_, [this] { streams_.wake(); });
  }
  std::uint64_t accept_failures() const override { return routes_.accept_failures(); }
  std::vector<std::string> endpoints() const override { return endpoints_; }

 private:
  struct Door {
    explicit Door(asio::io_context& io) : acceptor(io) {}
    Acceptor acceptor;
    std::weak_ptr<void> knocker;                    ///< there as long as the next connection is waited for
    bool knocked = true;                            ///< the one that was waited for has come to its handler
    std::chrono::steady_clock::time_point after{};  ///< not opened before then
  };

  void run();
  bool open_doors();
  void on_accepted(Door& door, error_code error, WebSocket socket);
  void refuse(Door& door, const char* why);
  void note(const char* what, const char* why);
  bool make_room();
  void on_closed(WebSession& session);
  void begin_stop();

  WebEnvironment environment_;
  Routes routes_;
  std::shared_ptr<asio::io_context> io_ = std::make_shared<asio::io_context>(1);
  /// The thread goes on while all doors are closed and nobody is in.
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{io_->get_executor()};
  asio::steady_timer grace_{*io_};
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<std::string> endpoints_;
  EventStreams streams_;
  WebSessions shared_;
  std::map<const WebSession*, std::shared_ptr<WebSession>> sessions_;
  bool stopping_ = false;
  std::thread thread_;
};

Result<void> Server::add(const Listener& listener) {
  auto door = std::make_unique<Door>(*io_);
  error_code error;
  door->acceptor.assign({listener.family, 0}, listener.descriptor, error);
  if (error) {
    close(listener.descriptor);
    return Error{"listen on " + listener.endpoint + ": " + error.message()};
  }
  doors_.push_back(std::move(door));
  endpoints_.push_back(listener.endpoint);
  return {};
}

void Server::start() {
  // Signals are for the main thread; a thread begins with the mask of the one that makes it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Handlers that can fail catch for themselves; what is left is running out of memory, which costs the request at hand
// and not the server.
void Server::run() {
  pthread_setname_np(pthread_self(), "blipd-web");
  const MayRunOutOfMemory may_fail(false);
  while (!io_->stopped()) {
    try {
      if (open_doors()) {
        io_->run_one();
      } else {
        io_->run_one_for(kAcceptPause);
      }
    } catch (const std::exception& e) {
      note("", e.what());
    }
  }
}

// Between any two handlers, so that a door is opened again however its last connection ended. False: some are still
// closed.
bool Server::open_doors() {
  if (stopping_) return true;
  bool all = true;
  for (const auto& door : doors_) {
    if (!door->knocker.expired()) continue;
    if (!std::exchange(door->knocked, true)) refuse(*door, "a connection was lost on the way");
    if (std::chrono::steady_clock::now() >= door->after) {
      try {
        // Without memory a connection is lost on the way to its handler, and the handler with it.
        const auto knocker = std::make_shared<char>();
        door->knocker = knocker;
        door->acceptor.async_accept([this, door = door.get(), knocker](error_code error, WebSocket socket) {
          on_accepted(*door, error, std::move(socket));
        });
        door->knocked = false;
        continue;
      } catch (const std::bad_alloc& e) {
        refuse(*door, e.what());
      }
    }
    all = false;
  }
  return all;
}

void Server::on_accepted(Door& door, error_code error, WebSocket socket) {
  door.knocked = true;
  if (stopping_) return;
  // Most likely no descriptor is free. The connection stays in the queue, and accepting at once would spin.
  if (error) return refuse(door, error.message().c_str());
  std::shared_ptr<WebSession> session;
  try {
    if (!make_room()) return;
    session = WebSession::create(std::move(socket), shared_);
    sessions_.emplace(session.get(), session);
    session->start();
  } catch (const std::bad_alloc& e) {
    routes_.count_accept_failure();
    if (session) session->abort();
    note("accept: ", e.what());
  }
}

void Server::refuse(Door& door, const char* why) {
  routes_.count_accept_failure();
  door.after = std::chrono::steady_clock::now() + kAcceptPause;
  note("accept: ", why);
}

// Where memory is short there may be none for the line either.
void Server::note(const char* what, const char* why) {
  if (!environment_.log) return;
  try {
    environment_.log(std::string("web server: ") + what + why);
  } catch (const std::bad_alloc&) {
  }
}

// A client that holds connections open and says nothing gives way to new ones.
bool Server::make_room() {
  if (sessions_.size() < kConnectionLimit) return true;
  std::shared_ptr<WebSession> longest;
  for (const auto& [key, session] : sessions_) {
    if (!session->waiting()) continue;
    if (!longest || session->waiting_since() < longest->waiting_since()) longest = session;
  }
  if (!longest) return false;
  longest->abort();
  return true;
}

void Server::on_closed(WebSession& session) {
  sessions_.erase(&session);
  if (stopping_ && sessions_.empty()) grace_.cancel();
}

void Server::begin_stop() {
  stopping_ = true;
  for (const auto& door : doors_) {
    error_code ignored;
    door->acceptor.close(ignored);
  }
  work_.reset();
  streams_.close();
  const auto open = sessions_;
  for (const auto& [key, session] : open) session->finish();
  if (sessions_.empty()) return;
  grace_.expires_after(kStopGrace);
  grace_.async_wait([this](error_code cancelled) {
    if (cancelled) return;
    const auto left = sessions_;
    for (const auto& [key, session] : left) session->abort();
  });
}

void Server::stop() {
  if (!thread_.joinable()) return;
  asio::post(*io_, [this] { begin_stop(); });
  thread_.join();
}

}  // namespace

Result<std::unique_ptr<WebServer>> WebServer::open(const std::vector<std::string>& addresses,
                                                   const std::vector<int>& inherited, WebEnvironment environment) {
  auto server = std::make_unique<Server>(std::move(environment));
  std::vector<Result<Listener>> listeners;
  for (const int descriptor : inherited) listeners.push_back(adopt_listener(descriptor));
  for (const std::string& address : addresses) listeners.push_back(listen_on(address));
  std::optional<Error> failure;
  for (const Result<Listener>& listener : listeners) {
    if (!listener) {
      if (!failure) failure = listener.error();
      continue;
    }
    const Result<void> added = server->add(*listener);
    if (!added && !failure) failure = added.error();
  }
  if (failure) return *failure;
  if (listeners.empty()) return Error{"web server: no address to listen on"};
  return std::unique_ptr<WebServer>(std::move(server));
}

}  // namespace blipd

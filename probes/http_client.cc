// Curl's multi interface on Asio. Curl says which sockets and which time it waits for, Asio waits, and what has come to
// pass is told to curl, which calls back with the next wishes. The sockets are curl's: Asio watches and never closes.
#include "probes/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include "probes/http_stall.h"

namespace blipd {
namespace {

using boost::asio::posix::descriptor_base;
using boost::system::error_code;

/// Handles kept for the next exchanges.
constexpr std::size_t kMostIdle = 64;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

/// One socket of curl's that is waited for.
struct Watch {
  explicit Watch(boost::asio::io_context& io) : descriptor(io) {}
  boost::asio::posix::stream_descriptor descriptor;
  int wanted = CURL_POLL_NONE;
  bool reading = false;  // a wait is under way
  bool writing = false;
  bool gone = false;
};

bool wants(const Watch& watch, int direction) { return watch.wanted == direction || watch.wanted == CURL_POLL_INOUT; }

class CurlClient final : public HttpClient {
 public:
  CurlClient(boost::asio::io_context& io, CURLM* multi, const ProbeEnvironment& environment, Done done)
      : io_(io), multi_(multi), done_(std::move(done)), timer_(io), beat_timer_(io) {
    surroundings_.user_agent = http_user_agent(environment.contact);
    surroundings_.source4 = environment.source4;
    surroundings_.source6 = environment.source6;
    surroundings_.interface = environment.interface;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &CurlClient::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &CurlClient::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  }

  ~CurlClient() override {
    // First, while every number is still the socket it was watched as: curl closes one that is connecting before it
    // says so, and by then another thread may have been given the number.
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
    for (auto& [socket, watch] : watches_) watch->descriptor.release();
    watches_.clear();
    for (auto& [handle, transfer] : transfers_) {
      curl_multi_remove_handle(multi_.get(), handle);
      curl_easy_cleanup(handle);
    }
    transfers_.clear();
    multi_.reset();
  }

  void start(HttpTask task) override {
    const Instant now = BootClock::now();
    const Duration left = task.deadline - now;
    // Nothing was asked: the time went by on our side.
    if (left <= Duration{}) return done_(unsent_result(task, ETIME, now));
    Handle handle = take_handle();
    if (!handle) return done_(unsent_result(task, ENOMEM, now));
    auto transfer = std::make_unique<HttpTransfer>(handle.get(), surroundings_, std::move(task));
    if (!transfer->prepare(left) || curl_multi_add_handle(multi_.get(), handle.get()) != CURLM_OK) {
      return done_(unsent_result(transfer->task(), ENOMEM, now));
    }
    if (transfers_.empty()) begin_beats(now);
    CURL* const key = handle.release();
    transfers_.emplace(key, std::move(transfer));
  }

 private:
  Handle take_handle() {
    if (idle_.empty()) return Handle(curl_easy_init());
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  static int on_socket(CURL* handle, curl_socket_t socket, int what, void* user, void*) {
    auto* self = static_cast<CurlClient*>(user);
    if (what == CURL_POLL_REMOVE) {
      self->forget(socket);
    } else {
      self->watch(handle, socket, what);
    }
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* user) {
    auto* self = static_cast<CurlClient*>(user);
    self->timer_.cancel();
    if (milliseconds < 0) return 0;
    self->timer_.expires_after(std::chrono::milliseconds(milliseconds));
    self->timer_.async_wait([self](const error_code& error) {
      if (!error) self->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void watch(CURL* handle, curl_socket_t socket, int what) {
    std::shared_ptr<Watch>& watch = watches_[socket];
    if (!watch) {
      watch = std::make_shared<Watch>(io_);
      error_code failed;
      watch->descriptor.assign(socket, failed);
      if (failed) {
        const auto found = transfers_.find(handle);
        if (found != transfers_.end()) found->second->lose_socket(failed.value());
        watches_.erase(socket);
        return;
      }
    }
    watch->wanted = what;
    wait(watch);
  }

  void forget(curl_socket_t socket) {
    const auto found = watches_.find(socket);
    if (found == watches_.end()) return;
    found->second->gone = true;
    found->second->descriptor.release();
    watches_.erase(found);
  }

  void wait(const std::shared_ptr<Watch>& watch) {
    if (wants(*watch, CURL_POLL_IN) && !std::exchange(watch->reading, true)) {
      watch->descriptor.async_wait(descriptor_base::wait_read, [this, watch](const error_code& error) {
        watch->reading = false;
        ready(watch, error, CURL_POLL_IN, CURL_CSELECT_IN);
      });
    }
    if (wants(*watch, CURL_POLL_OUT) && !std::exchange(watch->writing, true)) {
      watch->descriptor.async_wait(descriptor_base::wait_write, [this, watch](const error_code& error) {
        watch->writing = false;
        ready(watch, error, CURL_POLL_OUT, CURL_CSELECT_OUT);
      });
    }
  }

  void ready(const std::shared_ptr<Watch>& watch, const error_code& error, int direction, int event) {
    // A wait that was begun for an earlier wish, or that ended with its socket.
    if (error || watch->gone || !wants(*watch, direction)) return;
    act(watch->descriptor.native_handle(), event);
    if (!watch->gone) wait(watch);
  }

  void act(curl_socket_t socket, int events) {
    stall_.beat(BootClock::now());
    int running = 0;
    curl_multi_socket_action(multi_.get(), socket, events, &running);
    take_ended();
  }

  void take_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
    }
  }

  void end(CURL* raw, CURLcode code) {
    const auto found = transfers_.find(raw);
    if (found == transfers_.end()) return;
    Handle handle(raw);
    HttpTransfer& transfer = *found->second;
    HttpResult result = transfer.finish(code, BootClock::now(), stall_.covers(transfer.task().deadline));
    curl_multi_remove_handle(multi_.get(), raw);
    curl_easy_reset(raw);
    transfers_.erase(found);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(handle));
    done_(std::move(result));
  }

  void begin_beats(Instant now) {
    stall_.start(now);
    next_beat();
  }

  void next_beat() {
    beat_timer_.expires_after(HttpStall::kBeat);
    beat_timer_.async_wait([this](const error_code& error) {
      if (error) return;
      stall_.beat(BootClock::now());
      if (!transfers_.empty()) next_beat();
    });
  }

  boost::asio::io_context& io_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  const Done done_;
  HttpSurroundings surroundings_;
  HttpStall stall_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer beat_timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<CURL*, std::unique_ptr<HttpTransfer>> transfers_;
  std::vector<Handle> idle_;
};

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::open(boost::asio::io_context& io, const ProbeEnvironment& environment,
                                                     Done done) {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_ALL);
  if (begun != CURLE_OK) return Error{"http: libcurl: " + std::string(curl_easy_strerror(begun))};
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) return Error{"http: libcurl: out of memory"};
  return std::unique_ptr<HttpClient>(new CurlClient(io, multi, environment, std::move(done)));
}

std::string http_user_agent(const std::string& contact) {
  return "blipd/" BLIPD_VERSION + (contact.empty() ? "" : " (+" + contact + ")");
}

}  // namespace blipd

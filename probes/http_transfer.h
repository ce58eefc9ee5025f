// One exchange on one handle of curl: sets the handle up, takes what comes, and says what it means.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "probes/http_options.h"
#include "probes/http_outcome.h"
#include "probes/http_phases.h"
#include "probes/http_response.h"
#include "probes/prober.h"

namespace blipd {

/// One probe to be made.
struct HttpTask {
  std::shared_ptr<const HttpOptions> options;
  Address to;
  TargetNumber number;
  FlightSlot slot = 0;
  std::string host;    ///< a name or an address
  Instant deadline{};  ///< the exchange ends by then
};

/// One probe that has ended. The answer's `exchange` is not set.
struct HttpResult {
  Answer answer;
  HttpExchange exchange;
};

/// The result of a task that could not be begun.
HttpResult unsent_result(const HttpTask& task, int error, Instant now);

/// What all transfers of a prober share. Used by one thread.
struct HttpSurroundings {
  /// Bodies of all transfers in memory, together; beyond it the transfers that need more are given up as void.
  static constexpr std::size_t kMostKept = std::size_t{256} << 20U;

  std::string user_agent;
  std::optional<Address> source4;
  std::optional<Address> source6;
  std::string interface;
  std::size_t kept = 0;
};

class HttpTransfer {
 public:
  /// `handle` is a fresh CURL easy handle, the caller's, which outlives the transfer, as `surroundings` do.
  HttpTransfer(void* handle, HttpSurroundings& surroundings, HttpTask task);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  const HttpTask& task() const { return task_; }
  void* handle() const { return handle_; }
  /// Sets the handle up, to end after `left`, which is above zero. False: out of memory.
  bool prepare(Duration left);
  /// Our kernel does not let us wait for the socket. The transfer goes on until its time is up, and is void.
  void lose_socket(int error) { socket_error_ = error; }
  /// After curl has ended the transfer with `code`, a CURLcode. `held_up` as in HttpEnd.
  HttpResult finish(int code, Instant now, bool held_up);

 private:
  struct Callbacks;
  struct Lists;

  bool set_request();
  bool set_connection();
  HttpEnd describe_end(int code, bool held_up) const;
  int open_socket(int family, int type, int protocol);
  int tie_to_source(int descriptor, int family) const;

  void* const handle_;
  HttpSurroundings& surroundings_;
  const HttpTask task_;
  const std::unique_ptr<Lists> lists_;
  HttpResponse response_;
  HttpExchange exchange_;
  HttpPhases phases_;
  Address asked_;  ///< the address last connected to
  int socket_error_ = 0;
  bool too_long_ = false;
  bool out_of_memory_ = false;
  bool response_begun_ = false;
};

}  // namespace blipd

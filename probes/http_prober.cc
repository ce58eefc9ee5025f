#include "probes/http_prober.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "probes/http_client.h"
#include "probes/http_options.h"

namespace blipd {
namespace {

/// How many exchanges the limit on descriptors allows: one socket each, others have theirs.
std::size_t most_exchanges() {
  constexpr std::size_t kLeast = 16;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
  const std::size_t descriptors = std::min<std::size_t>(limit.rlim_cur, std::size_t{1} << 20U);
  if (descriptors < HttpProber::kDescriptorsOfOthers + kLeast) return kLeast;
  return std::min(HttpProber::kMostExchanges, descriptors - HttpProber::kDescriptorsOfOthers);
}

Error failed(const char* call, int error) { return {"http: " + std::string(call) + ": " + describe_errno(error)}; }

}  // namespace

const ProberType kHttpProber{.name = "http",
                             .times = {.interval = std::chrono::minutes(5),
                                       .least_interval = std::chrono::seconds(1),
                                       .timeout = std::chrono::seconds(10),
                                       .most_timeout = std::chrono::minutes(5)},
                             .judges_network = false,
                             .wants_names = true,
                             .read_options = read_http_options,
                             .open = HttpProber::open,
                             .answers_are_repeated = false,
                             .descriptors = 16,
                             .most_connections = HttpProber::kMostExchanges};

/// The thread "blipd-http" and the two queues.
class HttpProber::Thread {
 public:
  Thread() = default;
  ~Thread() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    client_.reset();
    if (ready_ >= 0) ::close(ready_);
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  std::optional<Error> start(const ProbeEnvironment& environment) {
    ready_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (ready_ < 0) return failed("eventfd", errno);
    Result<std::unique_ptr<HttpClient>> client =
        HttpClient::open(io_, environment, [this](HttpResult result) { put(std::move(result)); });
    if (!client) return client.error();
    client_ = std::move(*client);
    // Signals are the control thread's: a new thread inherits the mask it is made under.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::optional<Error> error;
    try {
      thread_ = std::thread([this] { io_.run(); });
      ::pthread_setname_np(thread_.native_handle(), "blipd-http");
    } catch (const std::system_error& thrown) {
      error = failed("thread", thrown.code().value());
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return error;
  }

  /// Probing thread.
  void take(std::vector<HttpTask> tasks) {
    const std::lock_guard lock(mutex_);
    const bool idle = tasks_.empty();
    std::move(tasks.begin(), tasks.end(), std::back_inserter(tasks_));
    if (idle) boost::asio::post(io_, [this] { begin(); });
  }

  /// Probing thread. What has ended since the last call.
  std::vector<HttpResult> give() {
    eventfd_t count = 0;
    ::eventfd_read(ready_, &count);
    const std::lock_guard lock(mutex_);
    return std::exchange(results_, {});
  }

  int ready() const { return ready_; }

 private:
  void begin() {
    std::vector<HttpTask> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (HttpTask& task : tasks) client_->start(std::move(task));
  }

  void put(HttpResult result) {
    const std::lock_guard lock(mutex_);
    results_.push_back(std::move(result));
    if (results_.size() > 1) return;
    ::eventfd_write(ready_, 1);
  }

  boost::asio::io_context io_{1};
  const boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = make_work_guard(io_);
  std::unique_ptr<HttpClient> client_;
  std::thread thread_;
  int ready_ = -1;
  std::mutex mutex_;
  std::vector<HttpTask> tasks_;
  std::vector<HttpResult> results_;
};

HttpProber::HttpProber(std::unique_ptr<Thread> thread, std::size_t most) : thread_(std::move(thread)), most_(most) {}

HttpProber::~HttpProber() = default;

Result<std::unique_ptr<Prober>> HttpProber::open(const ProbeEnvironment& environment) {
  auto thread = std::make_unique<Thread>();
  if (std::optional<Error> error = thread->start(environment)) return *error;
  return std::unique_ptr<Prober>(new HttpProber(std::move(thread), most_exchanges()));
}

void HttpProber::send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
                      std::span<SendResult> results) {
  const std::shared_ptr<const HttpOptions> shared = static_cast<const HttpOptions&>(options).shared_from_this();
  const Instant now = BootClock::now();
  const std::size_t taken = std::min(requests.size(), most_ - in_flight_);
  std::vector<HttpTask> tasks;
  tasks.reserve(taken);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const ProbeRequest& request = requests[i];
    results[i] = {now, i < taken ? 0 : EAGAIN};
    if (i >= taken) continue;
    tasks.push_back({shared, request.to, request.number, request.slot,
                     request.host.empty() ? request.to.to_string() : std::string(request.host), now + request.timeout});
  }
  in_flight_ += taken;
  if (taken > 0) thread_->take(std::move(tasks));
}

bool HttpProber::receive(AnswerSink& sink) {
  std::vector<HttpResult> results = thread_->give();
  std::vector<Answer> answers;
  answers.reserve(results.size());
  for (HttpResult& result : results) {
    if (result.answer.kind != AnswerKind::unsent) result.answer.exchange = &result.exchange;
    answers.push_back(result.answer);
  }
  in_flight_ -= answers.size();
  if (!answers.empty()) sink.on_answers(answers);
  return false;
}

bool HttpProber::quotes(const Answer&, const ProbeRequest&) const { return false; }

std::vector<int> HttpProber::descriptors() const { return {thread_->ready()}; }

ProberFaults HttpProber::faults() { return {}; }

}  // namespace blipd

#include "daemon/service/probing_thread.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

namespace blipd {
namespace {

/// A descriptor is left out after this many waits that only its error ended, for this long, then for twice as long...
constexpr unsigned kMostErrors = 2;
constexpr Duration kFirstLeave = std::chrono::milliseconds(10);
constexpr Duration kLongestLeave = std::chrono::seconds(1);

timespec to_timespec(Duration d) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(std::max(d, Duration::zero()));
  timespec result{};
  result.tv_sec = static_cast<std::time_t>(whole.count());
  result.tv_nsec = static_cast<long>((std::max(d, Duration::zero()) - whole).count());
  return result;
}

Error failed(const char* call, int error) {
  return {"probing thread: " + std::string(call) + ": " + describe_errno(error)};
}

}  // namespace

Result<std::unique_ptr<ProbingThread>> ProbingThread::open(Engine& engine, Options options) {
  Descriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return failed("eventfd", errno);
  return std::unique_ptr<ProbingThread>(new ProbingThread(engine, std::move(wake), std::move(options)));
}

ProbingThread::ProbingThread(Engine& engine, Descriptor wake, Options options)
    : engine_(engine), wake_(std::move(wake)), options_(std::move(options)) {}

ProbingThread::~ProbingThread() { stop(); }

void ProbingThread::start() {
  {
    const Instant now = BootClock::now();
    const std::lock_guard lock(mutex_);
    heartbeat_ = {now, now, {}};
  }
  // Signals are the control thread's: a new thread inherits the mask it is made under.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), options_.name.c_str());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ProbingThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void ProbingThread::post(Task task, std::function<void()> done) { post({std::move(task), std::move(done), true}); }

void ProbingThread::ask(Task question) { post({std::move(question), {}, false}); }

void ProbingThread::post(Posted posted) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(posted));
  }
  ::eventfd_write(wake_.get(), 1);
}

SnapshotPtr ProbingThread::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Heartbeat ProbingThread::heartbeat() const {
  const std::lock_guard lock(mutex_);
  return heartbeat_;
}

void ProbingThread::run() {
  watch_descriptors();
  Instant promised = BootClock::now();
  while (!stopping_) {
    const Instant now = BootClock::now();
    run_tasks(now);
    const Instant next = engine_.step(now);
    if (now >= next_snapshot_) {
      publish(now);
      // The engine closes sockets that are out of use by itself; their numbers may be somebody else's then.
      watch_descriptors();
    }
    const Instant late_after = promised;
    const Duration rest = std::max(engine_.rest(), kRest);
    promised = std::max(std::min(next, next_snapshot_), now + kRest);
    {
      const std::lock_guard lock(mutex_);
      heartbeat_ = {BootClock::now(), promised, std::max(now - late_after, Duration::zero())};
    }
    sleep(now + rest, promised);
  }
}

void ProbingThread::run_tasks(Instant now) {
  std::vector<Posted> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  if (tasks.empty()) return;
  for (const Posted& posted : tasks) posted.task(engine_, now);
  if (std::none_of(tasks.begin(), tasks.end(), [](const Posted& posted) { return posted.changes; })) return;
  watch_descriptors();
  publish(now);
  for (const Posted& posted : tasks) {
    if (posted.done) posted.done();
  }
}

void ProbingThread::publish(Instant now) {
  std::shared_ptr<Snapshot> made = engine_.snapshot(now, std::chrono::system_clock::now());
  const bool settled = made != nullptr && (made->sending || made->ready);
  next_snapshot_ = now + (settled ? kSnapshotInterval : kFirstSnapshotInterval);
  if (options_.snapshots) return options_.snapshots(std::move(made));
  SnapshotPtr shown = std::move(made);
  const std::lock_guard lock(mutex_);
  // The old snapshot ends outside the lock, with its last reader or here.
  snapshot_.swap(shown);
}

void ProbingThread::watch_descriptors() {
  const std::vector<int> wanted = engine_.descriptors();
  const bool same = std::equal(wanted.begin(), wanted.end(), watched_.begin(), watched_.end(),
                               [](int fd, const Watched& watched) { return fd == watched.fd; });
  if (same && !polled_.empty()) return;
  watched_.clear();
  for (const int fd : wanted) watched_.push_back({fd});
  polled_.resize(watched_.size() + 1);
  polled_.back() = {wake_.get(), POLLIN, 0};
}

void ProbingThread::sleep(Instant rested, Instant until) {
  // No answer would end this wait, so nobody has to look out for one.
  if (until <= rested) return rest(until);
  // While answers keep coming, looking for them before the rest is over would only add a wake-up.
  if (busy_) rest(rested);
  const bool answers = wait(until);
  const Instant woken = BootClock::now();
  busy_ = answers && woken < rested + kRest;
  if (woken < rested) rest(rested);
}

bool ProbingThread::wait(Instant until) {
  const Instant now = BootClock::now();
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    // poll passes over what is below zero.
    polled_[i] = {watched_[i].left_out_until > now ? -1 : watched_[i].fd, POLLIN, 0};
  }
  const timespec left = to_timespec(until - now);
  if (::ppoll(polled_.data(), polled_.size(), &left, nullptr) <= 0) return false;
  if (polled_.back().revents != 0) {
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
  }
  bool answers = false;
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    Watched& watched = watched_[i];
    const bool ready = polled_[i].revents != 0;
    answers = answers || ready;
    if (!ready || (polled_[i].revents & POLLIN) != 0) {
      watched.errors = 0;
    } else if (++watched.errors > kMostErrors) {
      const unsigned doublings = std::min(watched.errors - kMostErrors - 1, 10U);
      watched.left_out_until = now + std::min(kFirstLeave * (1U << doublings), kLongestLeave);
    }
  }
  return answers;
}

void ProbingThread::rest(Instant until) const {
  const timespec at = to_timespec(until.time_since_epoch());
  while (!stopping_ && ::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

}  // namespace blipd

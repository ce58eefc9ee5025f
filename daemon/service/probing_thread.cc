#include "daemon/service/probing_thread.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

namespace blipd {
namespace {

timespec to_timespec(Instant at) {
  const auto since_boot = std::max(at.time_since_epoch(), Duration(1));  // zero would disarm a timerfd
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  timespec result{};
  result.tv_sec = static_cast<std::time_t>(seconds.count());
  result.tv_nsec = static_cast<long>((since_boot - seconds).count());
  return result;
}

Error failed(const char* call, int error) {
  return {"probing thread: " + std::string(call) + ": " + describe_errno(error)};
}

bool watch(int epoll, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 || errno == EEXIST;
}

void drain(int fd) {
  std::uint64_t count = 0;
  while (::read(fd, &count, sizeof(count)) == static_cast<ssize_t>(sizeof(count))) {
  }
}

}  // namespace

Result<std::unique_ptr<ProbingThread>> ProbingThread::open(Engine& engine) {
  Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return failed("epoll_create1", errno);
  Descriptor timer(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer) return failed("timerfd_create", errno);
  Descriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return failed("eventfd", errno);
  for (const int fd : {timer.get(), wake.get()}) {
    if (!watch(epoll.get(), fd, EPOLLIN)) return failed("epoll_ctl", errno);
  }
  return std::unique_ptr<ProbingThread>(new ProbingThread(engine, std::move(epoll), std::move(timer), std::move(wake)));
}

ProbingThread::ProbingThread(Engine& engine, Descriptor epoll, Descriptor timer, Descriptor wake)
    : engine_(engine), epoll_(std::move(epoll)), timer_(std::move(timer)), wake_(std::move(wake)) {}

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
  ::pthread_setname_np(thread_.native_handle(), "blipd-probing");
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
    if (now >= next_snapshot_) publish(now);
    const Instant late_after = promised;
    promised = std::max(std::min(next, next_snapshot_), now + kRest);
    {
      const std::lock_guard lock(mutex_);
      heartbeat_ = {BootClock::now(), promised, std::max(now - late_after, Duration::zero())};
    }
    sleep(now, promised);
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
  SnapshotPtr made = engine_.snapshot(now, std::chrono::system_clock::now());
  next_snapshot_ = now + (made != nullptr && made->sending ? kSnapshotInterval : kFirstSnapshotInterval);
  const std::lock_guard lock(mutex_);
  // The old snapshot ends outside the lock, with its last reader or here.
  snapshot_.swap(made);
}

void ProbingThread::watch_descriptors() {
  const std::vector<int> wanted = engine_.descriptors();
  std::set<int> watched;
  for (const int fd : wanted) {
    // Added again even if it was there: a number may have been closed and given to another socket in between.
    if (watch(epoll_.get(), fd, EPOLLIN | EPOLLET)) watched.insert(fd);
  }
  for (const int fd : watched_) {
    if (!watched.contains(fd)) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  }
  watched_ = std::move(watched);
}

void ProbingThread::sleep(Instant stepped, Instant until) {
  const Instant rested = stepped + kRest;
  // While answers keep coming, looking for them before the rest is over would only add a wake-up.
  if (busy_) rest(rested);
  itimerspec alarm{};
  alarm.it_value = to_timespec(until);
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &alarm, nullptr);
  std::array<epoll_event, 16> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
  bool answers = false;
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == timer_.get() || fd == wake_.get()) {
      drain(fd);
    } else {
      answers = true;
    }
  }
  const Instant woken = BootClock::now();
  busy_ = answers && woken < rested + kRest;
  if (woken < rested) rest(rested);
}

void ProbingThread::rest(Instant until) const {
  const timespec at = to_timespec(until);
  while (!stopping_ && ::clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

}  // namespace blipd

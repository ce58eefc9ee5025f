#include "daemon/service/reload.h"

#include <malloc.h>
#include <pthread.h>

#include <csignal>
#include <memory>
#include <new>
#include <utility>

#include "probes/out_of_memory.h"

namespace blipd {
namespace {

constexpr const char* kStopping = "blipd is stopping";

void answer(std::vector<Reloader::Done> requests, const std::string& error) {
  for (const Reloader::Done& done : requests) {
    if (done) done(error);
  }
}

/// What a refused allocation leaves half built is given back, also to the system: others need it.
Result<Reloader::Switch> build_within_memory(const std::function<Result<Reloader::Switch>()>& build) {
  const MayRunOutOfMemory may_fail(true);
  try {
    return build();
  } catch (const std::bad_alloc&) {
    ::malloc_trim(0);
    return Error{"not enough memory for the new configuration"};
  }
}

}  // namespace

Reloader::Reloader(Steps steps) : steps_(std::move(steps)) {
  status_.success_time = steps_.wall_clock();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "blipd-reload");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Reloader::~Reloader() {
  stop(Duration::zero());
  thread_.join();
}

void Reloader::request(Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_.push_back(std::move(done));
      requested_ = true;
      changed_.notify_all();
      return;
    }
  }
  if (done) done(kStopping);
}

void Reloader::refresh() {
  const std::lock_guard lock(mutex_);
  refresh_ = true;
  changed_.notify_all();
}

ReloadStatus Reloader::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool Reloader::stop(Duration patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  std::vector<Done> unanswered = std::exchange(waiting_, {});
  for (Done& done : std::exchange(answering_, {})) unanswered.push_back(std::move(done));
  lock.unlock();
  answer(std::move(unanswered), kStopping);
  lock.lock();
  return changed_.wait_for(lock, patience, [this] { return ended_; });
}

void Reloader::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return requested_ || refresh_ || stopping_; });
    if (stopping_) break;
    const bool refresh = std::exchange(refresh_, false);
    if (!requested_) {
      lock.unlock();
      const std::string error = switch_to(steps_.refresh);
      if (!error.empty() && error != kStopping) steps_.refresh_failed(error);
      lock.lock();
      continue;
    }
    requested_ = false;
    answering_ = std::exchange(waiting_, {});
    lock.unlock();
    const std::string error = reload_once();
    lock.lock();
    if (stopping_) break;
    status_.successful = error.empty();
    status_.message = error;
    if (error.empty()) status_.success_time = steps_.wall_clock();
    // What it would have done as well is still to be done.
    if (!error.empty() && refresh) refresh_ = true;
    const ReloadStatus status = status_;
    std::vector<Done> requests = std::exchange(answering_, {});
    lock.unlock();
    steps_.ended(status);
    answer(std::move(requests), error);
    lock.lock();
  }
  ended_ = true;
  changed_.notify_all();
}

std::string Reloader::reload_once() {
  steps_.began();
  return switch_to(steps_.build);
}

std::string Reloader::switch_to(const std::function<Result<Switch>()>& build) {
  const Result<Switch> built = build_within_memory(build);
  if (built.has_error()) return built.error().message;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return kStopping;
    switched_ = false;
  }
  built.value()([this] {
    const std::lock_guard lock(mutex_);
    switched_ = true;
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return switched_ || stopping_; });
  return "";
}

}  // namespace blipd

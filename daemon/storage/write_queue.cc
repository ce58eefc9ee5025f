#include "daemon/storage/write_queue.h"

#include <utility>

namespace blipd {

void WriteQueue::put(const LoggedEventPtr& event) {
  const std::lock_guard lock(mutex_);
  events_.insert_or_assign(event->id, event);
  drop_beyond_most();
}

void WriteQueue::put(WindowsBatch windows) {
  const std::lock_guard lock(mutex_);
  windows_ = std::move(windows);
}

void WriteQueue::put(StateRow hosts) {
  const std::lock_guard lock(mutex_);
  const std::int64_t key = hosts.key;
  hosts_.insert_or_assign(key, std::move(hosts));
}

WriteBatch WriteQueue::take() {
  WriteBatch batch;
  const std::lock_guard lock(mutex_);
  for (auto& [id, event] : events_) batch.events.push_back(std::move(event));
  for (auto& [key, hosts] : hosts_) batch.hosts.push_back(std::move(hosts));
  batch.windows = std::exchange(windows_, std::nullopt);
  events_.clear();
  hosts_.clear();
  taken_ = batch.size();
  return batch;
}

void WriteQueue::give_back(WriteBatch batch) {
  const std::lock_guard lock(mutex_);
  for (LoggedEventPtr& event : batch.events) {
    const std::uint64_t id = event->id;
    events_.try_emplace(id, std::move(event));
  }
  for (StateRow& hosts : batch.hosts) {
    const std::int64_t key = hosts.key;
    hosts_.try_emplace(key, std::move(hosts));
  }
  if (!windows_) windows_ = std::move(batch.windows);
  taken_ = 0;
  drop_beyond_most();
}

void WriteQueue::written() {
  const std::lock_guard lock(mutex_);
  taken_ = 0;
}

void WriteQueue::drop_beyond_most() {
  for (; events_.size() > most_events_; ++dropped_) events_.erase(events_.begin());
}

std::size_t WriteQueue::length() const {
  const std::lock_guard lock(mutex_);
  return events_.size() + hosts_.size() + (windows_ ? 1 : 0) + taken_;
}

std::uint64_t WriteQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace blipd

// Reads events from the file on a connection of its own: in a daemon for the web server, and for `blipd events` of a
// stopped one.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/events/event_store.h"
#include "daemon/storage/state_file.h"

namespace blipd {

class EventReader final : public EventSource {
 public:
  /// What a directory without a file means.
  enum class WithoutFile : std::uint8_t { no_events, error };
  EventReader(std::string directory, WithoutFile without_file)
      : directory_(std::move(directory)), without_file_(without_file) {}

  /// Never waits for whoever writes. The file is opened anew after each error, so that one that was moved aside or
  /// comes late is found. Any thread.
  Result<std::vector<LoggedEventPtr>> find(const EventQuery& query) override;

 private:
  const std::string directory_;
  const WithoutFile without_file_;
  std::mutex mutex_;  // guards those below
  std::optional<Database> database_;
  std::uint64_t file_ = 0;  ///< number of the file that is open
  bool has_log_ = false;
};

}  // namespace blipd

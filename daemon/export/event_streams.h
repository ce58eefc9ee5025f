// Clients that are told of changes as they happen (server-sent events).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "daemon/export/change_feed.h"
#include "daemon/export/web_session.h"

namespace blipd {

class EventStream;

/// Each client reads from the feed at its own pace: what it has not taken yet costs no memory here. One that falls
/// behind what the feed keeps, or takes nothing for ten seconds, is dropped; it can come back and say where it was. Web
/// thread only.
class EventStreams {
 public:
  static constexpr std::size_t kMost = 64;

  explicit EventStreams(const ChangeFeed& feed) : feed_(feed) {}

  bool has_room() const { return streams_.size() < kMost; }
  /// Sends `head`, then what followed the change `at`, and then what comes; without `at`, what comes.
  void add(WebSocket socket, std::string head, std::optional<std::uint64_t> at);
  /// The feed has more.
  void wake();
  /// Closes them all.
  void close();

 private:
  const ChangeFeed& feed_;
  std::set<std::shared_ptr<EventStream>> streams_;
};

}  // namespace blipd

// One rendered page for as long as what it shows is the same: several Prometheis and browsers cost one render and one
// compression a second.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "daemon/export/page.h"
#include "daemon/export/web_message.h"

namespace blipd {

/// Used on the web thread only.
class BodyCache {
 public:
  using Render = std::function<std::string(const Snapshot&, const ReloadStatus&)>;
  struct Encoded {
    Body body;
    bool gzipped = false;
  };

  explicit BodyCache(Render render) : render_(std::move(render)) {}

  /// The page of `snapshot` (not null) and `reload`; rendered anew only if either is another than last time.
  Encoded get(const SnapshotPtr& snapshot, const ReloadStatus& reload, bool want_gzip);

 private:
  Render render_;
  SnapshotPtr snapshot_;  // held, so that the next snapshot cannot have the same address
  ReloadStatus reload_;
  Body plain_;
  Body gzipped_;
};

}  // namespace blipd

// One rendered page for as long as what it shows is the same: several Prometheis and browsers cost one render and one
// compression a second. Between scrapes no more is kept than the compressed page where somebody asks for that: of a
// thousand networks the plain one has six megabytes, and the snapshot it shows has four.
#pragma once

#include <functional>
#include <memory>
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
  std::weak_ptr<const Snapshot> snapshot_;
  ReloadStatus reload_;
  Body plain_;  ///< only until it is compressed
  Body gzipped_;
};

}  // namespace blipd

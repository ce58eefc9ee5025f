#include "daemon/export/body_cache.h"

#include <memory>
#include <optional>
#include <utility>

#include "daemon/export/gzip.h"

namespace blipd {

BodyCache::Encoded BodyCache::get(const SnapshotPtr& snapshot, const ReloadStatus& reload, bool want_gzip) {
  if (!plain_ || snapshot != snapshot_ || reload != reload_) {
    plain_ = std::make_shared<const std::string>(render_(*snapshot, reload));
    gzipped_ = nullptr;
    snapshot_ = snapshot;
    reload_ = reload;
  }
  if (want_gzip && !gzipped_) {
    if (std::optional<std::string> smaller = gzip(*plain_)) {
      gzipped_ = std::make_shared<const std::string>(std::move(*smaller));
    }
  }
  if (want_gzip && gzipped_) return {gzipped_, true};
  return {plain_, false};
}

}  // namespace blipd

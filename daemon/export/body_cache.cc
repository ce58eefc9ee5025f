#include "daemon/export/body_cache.h"

#include <memory>
#include <optional>
#include <utility>

#include "daemon/export/gzip.h"

namespace blipd {

BodyCache::Encoded BodyCache::get(const SnapshotPtr& snapshot, const ReloadStatus& reload, bool want_gzip) {
  if (snapshot != snapshot_.lock() || reload != reload_) {
    plain_ = gzipped_ = nullptr;
    snapshot_ = snapshot;
    reload_ = reload;
  }
  if (want_gzip && gzipped_) return {gzipped_, true};
  if (!plain_) plain_ = std::make_shared<const std::string>(render_(*snapshot, reload));
  if (!want_gzip) return {plain_, false};
  std::optional<std::string> smaller = gzip(*plain_);
  if (!smaller) return {plain_, false};
  gzipped_ = std::make_shared<const std::string>(std::move(*smaller));
  plain_ = nullptr;
  return {gzipped_, true};
}

}  // namespace blipd

#include "daemon/export/body_cache.h"

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/catch.h"

namespace blipd {
namespace {

struct Counting {
  int renders = 0;
  BodyCache cache{[this](const Snapshot& snapshot, const ReloadStatus&) {
    ++renders;
    return std::string(10'000, 'x') + std::to_string(snapshot.targets);
  }};
  BodyCache::Encoded get(const SnapshotPtr& snapshot, bool want_gzip) { return cache.get(snapshot, {}, want_gzip); }
};

SnapshotPtr snapshot_of(std::uint64_t targets) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->targets = targets;
  return snapshot;
}

TEST_CASE("one snapshot is rendered once for all who ask alike") {
  for (const bool gzip : {false, true}) {
    Counting pages;
    const SnapshotPtr first = snapshot_of(1);
    const BodyCache::Encoded page = pages.get(first, gzip);
    CHECK(page.gzipped == gzip);
    CHECK(pages.get(first, gzip).body == page.body);
    CHECK(pages.renders == 1);
    const SnapshotPtr second = snapshot_of(2);
    CHECK(pages.get(second, gzip).body != page.body);
    CHECK(pages.renders == 2);
  }
}

TEST_CASE("plain and compressed are the same page") {
  Counting pages;
  const SnapshotPtr snapshot = snapshot_of(7);
  CHECK(pages.get(snapshot, true).gzipped);
  const BodyCache::Encoded plain = pages.get(snapshot, false);
  CHECK_FALSE(plain.gzipped);
  CHECK(plain.body->back() == '7');
  CHECK(pages.get(snapshot, true).gzipped);
}

TEST_CASE("no snapshot is kept alive, and none is taken for another that stands in its place") {
  Counting pages;
  SnapshotPtr snapshot = snapshot_of(1);
  const std::weak_ptr<const Snapshot> watched = snapshot;
  pages.get(snapshot, true);
  snapshot.reset();
  CHECK(watched.expired());
  for (std::uint64_t i = 2; i < 50; ++i) {
    snapshot = snapshot_of(i % 10);
    CHECK(pages.get(snapshot, false).body->back() == static_cast<char>('0' + i % 10));
    snapshot.reset();
  }
}

}  // namespace
}  // namespace blipd

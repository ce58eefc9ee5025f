#include "daemon/export/change_feed.h"

#include "tests/support/catch.h"

namespace blipd {
namespace {

TEST_CASE("changes are read in order, as server-sent events") {
  ChangeFeed feed(100);
  CHECK(feed.newest() == 99);
  CHECK(feed.read(99, 1000).text.empty());
  CHECK_FALSE(feed.read(99, 1000).gap);
  feed.add("state", R"({"network":"a"})");
  feed.add("event", R"({"id":7})");
  CHECK(feed.newest() == 101);
  const ChangeFeed::Piece all = feed.read(99, 1000);
  CHECK(all.text == "id: 100\nevent: state\ndata: {\"network\":\"a\"}\n\nid: 101\nevent: event\ndata: {\"id\":7}\n\n");
  CHECK(all.at == 101);
  CHECK_FALSE(all.gap);
  CHECK(feed.read(101, 1000).text.empty());
  CHECK(feed.read(101, 1000).at == 101);
}

TEST_CASE("a piece ends with a whole change once it is long enough") {
  ChangeFeed feed(1);
  feed.add("state", "1");
  feed.add("state", "2");
  const ChangeFeed::Piece piece = feed.read(0, 1);
  CHECK(piece.text == "id: 1\nevent: state\ndata: 1\n\n");
  CHECK(piece.at == 1);
  CHECK(feed.read(piece.at, 1).at == 2);
}

TEST_CASE("who was away for too long, or comes from the future, is told of a gap") {
  ChangeFeed feed(1000, 2);
  CHECK(feed.read(5, 1000).gap);
  CHECK(feed.read(5, 1000).at == 999);
  for (int i = 0; i < 5; ++i) feed.add("state", std::to_string(i));
  CHECK_FALSE(feed.read(1002, 1000).gap);
  const ChangeFeed::Piece late = feed.read(1001, 1000);
  CHECK(late.gap);
  CHECK(late.text.starts_with("id: 1003\n"));
  CHECK(late.at == 1004);
  CHECK(feed.read(1005, 1000).gap);
  CHECK(feed.read((std::uint64_t{1} << 53) - 1, 1000).gap);
}

}  // namespace
}  // namespace blipd

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "daemon/export/web_server.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"
#include "tests/unit/export/test_client.h"

namespace blipd {
namespace {

struct StreamingServer {
  explicit StreamingServer(std::size_t kept = ChangeFeed::kKept) : feed(std::make_shared<ChangeFeed>(100, kept)) {
    WebEnvironment environment;
    environment.snapshot = [] { return shared_sample(); };
    environment.reload_status = [] { return sample_reload(); };
    environment.changes = feed;
    environment.targets = [](const std::string& network, const TargetRange&, const auto& done) {
      TargetList list;
      list.modules = {"ping"};
      done(network == "a" ? std::optional(list) : std::nullopt);
    };
    auto opened = WebServer::open({"127.0.0.1:0"}, {}, std::move(environment));
    REQUIRE(opened.has_value());
    server = std::move(*opened);
    const std::string endpoint = server->endpoints()[0];
    port = static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
    server->start();
  }
  void add(const std::string& data) {
    feed->add("state", data);
    server->changed();
  }

  std::shared_ptr<ChangeFeed> feed;
  std::unique_ptr<WebServer> server;
  std::uint16_t port = 0;
};

void follow(TestClient& client, const std::string& field = "") {
  client.send("GET /api/v1/stream HTTP/1.1\r\nHost: h\r\n" + field + "\r\n");
}

TEST_CASE("changes are sent as they happen, to everybody") {
  StreamingServer running;
  running.add("before");
  TestClient one(running.port);
  TestClient two(running.port);
  follow(one);
  follow(two);
  const std::string head = one.receive_until("retry: 3000\n\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("\r\nContent-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(head.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  two.receive_until("retry: 3000\n\n");
  running.add("after");
  CHECK(one.receive_until("\n\n") == "id: 101\nevent: state\ndata: after\n\n");
  running.add("more");
  CHECK(one.receive_until("\n\n") == "id: 102\nevent: state\ndata: more\n\n");
  CHECK(two.receive_until("data: more\n\n").find("data: after\n") != std::string::npos);
}

TEST_CASE("a client that comes back goes on where it was") {
  StreamingServer running;
  for (const char* data : {"0", "1", "2"}) running.add(data);
  TestClient client(running.port);
  follow(client, "Last-Event-ID: 100\r\n");
  client.receive_until("retry: 3000\n\n");
  CHECK(client.receive_until("data: 2\n\n") == "id: 101\nevent: state\ndata: 1\n\nid: 102\nevent: state\ndata: 2\n\n");
  TestClient late(running.port);
  follow(late, "Last-Event-ID: 7\r\n");
  late.receive_until("retry: 3000\n\n");
  CHECK(late.receive_until("\n\n") == "event: gap\ndata: {}\n\n");
  CHECK(late.receive_until("\n\n") == "id: 100\nevent: state\ndata: 0\n\n");
}

TEST_CASE("a client that takes nothing is dropped once the feed has gone past it, and holds up nobody") {
  StreamingServer running(4);
  TestClient deaf(running.port, 4096);
  TestClient brisk(running.port);
  follow(deaf);
  follow(brisk);
  deaf.receive_until("retry: 3000\n\n");
  brisk.receive_until("retry: 3000\n\n");
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) {
    running.add(megabyte);
    brisk.receive_until("x\n\n");
  }
  // What the kernel holds for it comes first.
  std::size_t taken = 0;
  while (deaf.more()) taken += deaf.take().size();
  CHECK(taken < 32 * megabyte.size());
}

TEST_CASE("too many followers are turned away, and others are not") {
  StreamingServer running;
  std::deque<TestClient> followers;
  for (int i = 0; i < 64; ++i) {
    followers.emplace_back(running.port);
    follow(followers.back());
    followers.back().receive_until("retry: 3000\n\n");
  }
  TestClient one_more(running.port);
  follow(one_more);
  CHECK(one_more.receive().status == 503);
  CHECK(TestClient(running.port).get("/-/healthy").status == 200);
}

TEST_CASE("HEAD of the stream ends, and the end of the server ends streams") {
  StreamingServer running;
  TestClient head(running.port);
  head.send("HEAD /api/v1/stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(head.receive(true).status == 200);
  CHECK(head.ended());
  TestClient client(running.port);
  follow(client);
  client.receive_until("retry: 3000\n\n");
  running.server->stop();
  CHECK(client.ended());
}

TEST_CASE("the hosts of a network, when somebody else has said them") {
  StreamingServer running;
  TestClient client(running.port);
  const auto reply = client.get("/api/v1/networks/a/hosts");
  CHECK(reply.status == 200);
  CHECK(reply.body == "{\"network\":\"a\",\"targets\":0,\"offset\":0,\"hosts\":[]}\n");
  CHECK(client.get("/api/v1/networks/b/hosts").status == 404);
}

}  // namespace
}  // namespace blipd

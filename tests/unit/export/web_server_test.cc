#include "daemon/export/web_server.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"
#include "tests/unit/export/test_client.h"

namespace blipd {

namespace {

std::uint16_t port_of(const std::string& endpoint) {
  return static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
}

using Done = std::function<void(std::string)>;

/// Reloads wait here until the test completes them.
class PendingReload {
 public:
  void put(Done done) {
    const std::lock_guard lock(mutex_);
    done_ = std::move(done);
    arrived_.notify_all();
  }
  Done take() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(60), [this] { return done_ != nullptr; }));
    return std::exchange(done_, nullptr);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  Done done_;
};

struct RunningServer {
  explicit RunningServer(SnapshotPtr snapshot = shared_sample()) {
    WebEnvironment environment;
    environment.snapshot = [snapshot] { return snapshot; };
    environment.reload_status = [] { return sample_reload(); };
    environment.reload = [this](Done done) { reload.put(std::move(done)); };
    auto opened = WebServer::open({"127.0.0.1:0"}, {}, std::move(environment));
    REQUIRE(opened.has_value());
    server = std::move(*opened);
    REQUIRE(server->endpoints().size() == 1);
    port = port_of(server->endpoints()[0]);
    server->start();
  }
  PendingReload reload;
  std::unique_ptr<WebServer> server;
  std::uint16_t port = 0;
};

constexpr const char* kReload = "POST /-/reload HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

}  // namespace

TEST_CASE("several requests on one connection, sent together and one by one") {
  RunningServer running;
  TestClient client(running.port);
  CHECK(client.get("/-/healthy").body == "blipd is healthy.\n");
  client.send(
      "GET /-/ready HTTP/1.1\r\nHost: h\r\n\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n\r\n"
      "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  CHECK(client.receive().status == 200);
  CHECK(client.receive().status == 404);
  CHECK(client.receive().status == 405);
  const auto metrics = client.get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.head.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") != std::string::npos);
  CHECK(metrics.body.find("blipd_probes_sent_total{network=\"star-jv\",module=\"ping\"} 100\n") != std::string::npos);
}

TEST_CASE("HEAD has the header of GET and no body") {
  RunningServer running;
  TestClient client(running.port);
  const auto whole = client.get("/api/v1/networks");
  client.send("HEAD /api/v1/networks HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.receive(true);
  CHECK(head.status == 200);
  CHECK(TestClient::content_length(head.head) == whole.body.size());
  CHECK(client.get("/-/healthy").body == "blipd is healthy.\n");
}

TEST_CASE("the connection ends when the client asks for it, and by default in HTTP/1.0") {
  RunningServer running;
  for (const auto* request : {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    TestClient client(running.port);
    client.send(request);
    const auto reply = client.receive();
    CHECK(reply.status == 200);
    CHECK(reply.head.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(client.ended());
  }
  TestClient client(running.port);
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.receive().head.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
  CHECK(client.get("/-/healthy").status == 200);
}

TEST_CASE("requests that are too long or no HTTP are refused in words") {
  RunningServer running;
  const std::vector<std::pair<std::string, int>> cases{
      {"GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(17 * 1024, 'x') + "\r\n\r\n", 431},
      {"POST /-/reload HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n", 413},
      {"POST /-/reload HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
      {"\x16\x03\x01 this is no HTTP\r\n\r\n", 400},
      {"GET / HTTP/9.9\r\n\r\n", 400},
  };
  for (const auto& [request, status] : cases) {
    TestClient client(running.port);
    client.send(request);
    const auto reply = client.receive();
    CHECK(reply.status == status);
    CHECK(reply.head.find("\r\nX-Content-Type-Options: nosniff\r\n") != std::string::npos);
    CHECK(client.ended());
  }
}

TEST_CASE("a reload is answered when it is done, and nobody waits for it meanwhile") {
  RunningServer running;
  TestClient reloader(running.port);
  reloader.send(kReload);
  const Done succeed = running.reload.take();
  CHECK(TestClient(running.port).get("/-/healthy").status == 200);
  std::thread([&] { succeed(""); }).join();
  CHECK(reloader.receive().status == 200);

  reloader.send(kReload);
  const Done fail = running.reload.take();
  std::thread([&] { fail("blipd.yaml:3:5: no"); }).join();
  const auto failed = reloader.receive();
  CHECK(failed.status == 500);
  CHECK(failed.body == "blipd.yaml:3:5: no\n");
}

TEST_CASE("a reload may end after its client has left, and after the server has") {
  Done left;
  Done late;
  {
    RunningServer running;
    {
      TestClient client(running.port);
      client.send(kReload);
      left = running.reload.take();
    }
    left("");
    TestClient client(running.port);
    client.send(kReload);
    late = running.reload.take();
    running.server->stop();
    CHECK(client.ended());
  }
  late("");
}

TEST_CASE("clients that say half a request or do not read hold up nobody, nor the end") {
  RunningServer running(std::make_shared<const Snapshot>(large_snapshot(2000)));
  TestClient half(running.port);
  half.send("GET /metrics HT");
  TestClient deaf(running.port, 4096);
  deaf.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  TestClient silent(running.port);
  TestClient brisk(running.port);
  CHECK(brisk.get("/-/healthy").status == 200);
  const auto metrics = brisk.get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.body.size() > 8'000'000);
  running.server->stop();
  CHECK(half.ended());
  CHECK(silent.ended());
  CHECK(brisk.ended());
}

TEST_CASE("when all connections are taken the one that waited longest gives way") {
  RunningServer running;
  std::deque<TestClient> idle;
  for (int i = 0; i < 256; ++i) idle.emplace_back(running.port);
  // The first connection has been accepted before the last, because they are accepted in order.
  TestClient one_more(running.port);
  CHECK(one_more.get("/-/healthy").status == 200);
  CHECK(idle.front().ended());
  CHECK(idle.back().get("/-/healthy").status == 200);
}

TEST_CASE("a server that never started, and stopping twice") {
  WebEnvironment environment;
  environment.snapshot = [] { return SnapshotPtr(); };
  environment.reload_status = [] { return ReloadStatus(); };
  auto idle = WebServer::open({"127.0.0.1:0"}, {}, environment);
  REQUIRE(idle.has_value());
  (*idle)->stop();
  RunningServer running;
  running.server->stop();
  running.server->stop();
}

TEST_CASE("an exception inside an answer costs that answer only") {
  WebEnvironment environment;
  environment.snapshot = []() -> SnapshotPtr { throw std::runtime_error("no luck"); };
  environment.reload_status = [] { return ReloadStatus(); };
  auto opened = WebServer::open({"127.0.0.1:0"}, {}, environment);
  REQUIRE(opened.has_value());
  (*opened)->start();
  const std::uint16_t port = port_of((*opened)->endpoints()[0]);
  const auto reply = TestClient(port).get("/metrics");
  CHECK(reply.status == 500);
  CHECK(reply.body == "Internal error: no luck\n");
  CHECK(TestClient(port).get("/-/healthy").status == 200);
}

TEST_CASE("an answer for which there is no memory says so, whoever runs out of it") {
  WebEnvironment environment;
  environment.snapshot = []() -> SnapshotPtr { throw std::bad_alloc(); };
  environment.reload_status = [] { return ReloadStatus(); };
  environment.targets = [](const std::string&, const TargetRange&,
                           const std::function<void(std::optional<TargetList>)>& done) {
    TargetList none;
    none.out_of_memory = true;
    done(none);
  };
  auto opened = WebServer::open({"127.0.0.1:0"}, {}, environment);
  REQUIRE(opened.has_value());
  (*opened)->start();
  const std::uint16_t port = port_of((*opened)->endpoints()[0]);
  for (const char* path : {"/metrics", "/api/v1/networks/n/hosts"}) {
    const auto reply = TestClient(port).get(path);
    CHECK(reply.status == 503);
    CHECK(reply.body == "There is not enough memory for the answer.\n");
  }
  CHECK(TestClient(port).get("/-/healthy").status == 200);
}

TEST_CASE("a connection for which there is no memory is counted, and the next one is let in") {
  WebEnvironment environment;
  environment.snapshot = [] {
    test::may_be_refused();
    return shared_sample();
  };
  environment.reload_status = [] { return ReloadStatus(); };
  auto opened = WebServer::open({"127.0.0.1:0"}, {}, environment);
  REQUIRE(opened.has_value());
  (*opened)->start();
  const std::uint16_t port = port_of((*opened)->endpoints()[0]);
  REQUIRE(TestClient(port).get("/metrics").status == 200);
  // Wherever in letting one in the memory ends.
  for (int granted = 0; granted < 12; ++granted) {
    CAPTURE(granted);
    const std::uint64_t before = (*opened)->accept_failures();
    test::refuse_after(granted);
    {
      TestClient unlucky(port);
      // With enough of it nothing is refused.
      const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
      while ((*opened)->accept_failures() == before && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
      }
    }
    test::refuse_after(-1);
    CHECK(TestClient(port).get("/-/healthy").status == 200);
  }
  CHECK((*opened)->accept_failures() > 0);
  (*opened)->stop();
}

}  // namespace blipd

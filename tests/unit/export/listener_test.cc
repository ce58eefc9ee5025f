#include "daemon/export/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/export/web_server.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"
#include "tests/unit/export/test_client.h"

namespace blipd {

namespace {

WebEnvironment sample_environment() {
  WebEnvironment environment;
  environment.snapshot = [] { return shared_sample(); };
  environment.reload_status = [] { return sample_reload(); };
  return environment;
}

std::uint16_t port_of(const std::string& endpoint) {
  return static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
}

}  // namespace

TEST_CASE("addresses that are none are refused with the address in the message") {
  for (const auto* bad : {"", "12214", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:80", "[::1]",
                          "[127.0.0.1]:80", "example.org:80", "127.0.0.1:80 ", "127.0.0.1:-1", "[]:80"}) {
    INFO(bad);
    const auto listener = listen_on(bad);
    REQUIRE_FALSE(listener.has_value());
    CHECK(listener.error().message.starts_with("listen on " + std::string(bad) + ": "));
  }
}

TEST_CASE("a port that is taken is said so") {
  const auto first = listen_on("127.0.0.1:0");
  REQUIRE(first.has_value());
  CHECK(first->endpoint.starts_with("127.0.0.1:"));
  CHECK((fcntl(first->descriptor, F_GETFD) & FD_CLOEXEC) != 0);
  const auto second = WebServer::open({first->endpoint}, {}, sample_environment());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message == "listen on " + first->endpoint + ": Address already in use");
  close(first->descriptor);
}

TEST_CASE("a bare port answers IPv4, whether through one socket for both families or not") {
  auto opened = WebServer::open({":0"}, {}, sample_environment());
  REQUIRE(opened.has_value());
  const std::string endpoint = (*opened)->endpoints()[0];
  CHECK((endpoint.starts_with("[::]:") || endpoint.starts_with("0.0.0.0:")));
  (*opened)->start();
  CHECK(TestClient(port_of(endpoint)).get("/-/healthy").status == 200);
}

TEST_CASE("no address at all is an error") {
  const auto opened = WebServer::open({}, {}, sample_environment());
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message == "web server: no address to listen on");
}

TEST_CASE("descriptors that listen are taken over, others are refused") {
  const auto listener = listen_on("localhost:0");
  REQUIRE(listener.has_value());
  auto opened = WebServer::open({}, {listener->descriptor}, sample_environment());
  REQUIRE(opened.has_value());
  CHECK((*opened)->endpoints() == std::vector<std::string>{listener->endpoint});
  (*opened)->start();
  CHECK(TestClient(port_of(listener->endpoint)).get("/-/healthy").status == 200);

  std::array<int, 2> pair{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
  for (const int bad : {pair[0], -1, STDIN_FILENO}) {
    const auto refused = adopt_listener(bad);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "inherited descriptor " + std::to_string(bad) + ": not a listening stream socket");
  }
  close(pair[0]);
  close(pair[1]);
}

TEST_CASE("an inherited Unix socket is served as any other") {
  std::string directory = (std::filesystem::temp_directory_path() / "blipd-web-XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const std::string path = directory + "/s";
  REQUIRE(path.size() < sizeof at.sun_path);
  std::memcpy(at.sun_path, path.data(), path.size());
  const int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(listening, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(listen(listening, 4) == 0);
  auto opened = WebServer::open({}, {listening}, sample_environment());
  REQUIRE(opened.has_value());
  CHECK((*opened)->endpoints() == std::vector<std::string>{"unix:" + path});
  (*opened)->start();
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(connect(client, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  const std::string request = "GET /-/healthy HTTP/1.0\r\n\r\n";
  CHECK(write(client, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  std::array<char, 15> status{};
  CHECK(recv(client, status.data(), status.size(), MSG_WAITALL) == 15);
  CHECK(std::string(status.data(), status.size()) == "HTTP/1.1 200 OK");
  close(client);
  std::filesystem::remove_all(directory);
}

}  // namespace blipd

// A blocking HTTP client for loopback tests, with a deadline on every read so that a failing test ends.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/catch.h"

namespace blipd {

class TestClient {
 public:
  struct Reply {
    int status = 0;  ///< 0: the connection ended first
    std::string head;
    std::string body;
  };

  /// Connects to 127.0.0.1. `receive_buffer` above 0 asks for a small one, for a client that is slow to read.
  explicit TestClient(std::uint16_t port, int receive_buffer = 0) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    REQUIRE(descriptor_ >= 0);
    const timeval deadline{60, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    if (receive_buffer > 0) setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~TestClient() { close(descriptor_); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(std::string_view text) {
    REQUIRE(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }

  /// The next answer. `without_body`: to a HEAD request.
  Reply receive(bool without_body = false) {
    std::size_t end = std::string::npos;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return {};
    }
    Reply reply;
    reply.head = pending_.substr(0, end + 4);
    pending_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const std::size_t length = content_length(reply.head);
    while (!without_body && pending_.size() < length) {
      if (!more()) return {};
    }
    if (!without_body) {
      reply.body = pending_.substr(0, length);
      pending_.erase(0, length);
    }
    return reply;
  }

  Reply get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return receive();
  }

  /// What came up to `end` and with it; a stream has no length.
  std::string receive_until(std::string_view end) {
    std::size_t at = std::string::npos;
    while ((at = pending_.find(end)) == std::string::npos) REQUIRE(more());
    std::string text = pending_.substr(0, at + end.size());
    pending_.erase(0, at + end.size());
    return text;
  }

  /// Waits for more; false at the end of the connection.
  bool more() {
    std::array<char, 16384> bytes;
    const ssize_t n = recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (n <= 0) return false;
    pending_.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
  }
  std::string take() { return std::exchange(pending_, {}); }

  /// Whether the server ends the connection without saying more.
  bool ended() { return pending_.empty() && !more(); }

  static std::size_t content_length(const std::string& head) {
    constexpr std::string_view kField = "\r\nContent-Length: ";
    const std::size_t at = head.find(kField);
    REQUIRE(at != std::string::npos);
    return std::stoul(head.substr(at + kField.size()));
  }

 private:
  int descriptor_;
  std::string pending_;
};

}  // namespace blipd

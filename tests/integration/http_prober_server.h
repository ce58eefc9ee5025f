// A server on the loopback interface that behaves as the test says, and what tests of the prober `http` share.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "probes/http_options.h"
#include "probes/http_prober.h"
#include "probes/option_reader.h"
#include "probes/socket_address.h"
#include "tests/support/catch.h"

namespace blipd::test {

using namespace std::chrono_literals;

const Address kLocal4 = Address::v4(0x7f000001);
const Address kLocal6 = *Address::parse("::1");

/// A connection whose request has been read up to its empty line. Closed when the behaviour returns.
class Connection {
 public:
  Connection(int descriptor, const std::atomic<bool>& stopping) : descriptor_(descriptor), stopping_(stopping) {}
  void say(std::string_view text) const {
    static_cast<void>(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL));
  }
  /// What comes up to the next empty line, or until the client goes or the server is destroyed.
  std::string hear() const {
    std::string text;
    char byte = 0;
    while (!stopping_ && !text.ends_with("\r\n\r\n")) {
      pollfd ready{descriptor_, POLLIN, 0};
      if (::poll(&ready, 1, 10) == 0) continue;
      if (::recv(descriptor_, &byte, 1, 0) != 1) break;
      text += byte;
      // The first record of TLS, to which nobody here has an answer.
      if (text.size() == 1 && byte == 0x16) break;
    }
    return text;
  }
  /// Ends the connection with a RST.
  void reset() const {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  /// Until the client goes, the server is destroyed or the time is over. True in the last case.
  bool wait(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stopping_ && std::chrono::steady_clock::now() < end) {
      pollfd gone{descriptor_, POLLRDHUP, 0};
      if (::poll(&gone, 1, 10) > 0) return false;
    }
    return !stopping_;
  }

 private:
  int descriptor_;
  const std::atomic<bool>& stopping_;
};

class Server {
 public:
  using Behaviour = std::function<void(const Connection& connection, const std::string& request)>;

  explicit Server(Behaviour behaviour, const Address& at = kLocal4) : behaviour_(std::move(behaviour)) {
    descriptor_ = ::socket(at.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SocketAddress address;
    socklen_t length = to_socket_address(at, 0, address);
    if (::bind(descriptor_, &address.base, length) != 0 || ::listen(descriptor_, 1024) != 0) FAIL("no server");
    ::getsockname(descriptor_, &address.base, &length);
    port_ = ntohs(at.is_v4() ? address.v4.sin_port : address.v6.sin6_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~Server() {
    stopping_ = true;
    ::shutdown(descriptor_, SHUT_RDWR);
    accepting_.join();
    for (std::thread& thread : serving_) thread.join();
    ::close(descriptor_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  /// "http://{host}:port/".
  std::string url(const std::string& scheme = "http", const std::string& host = "{host}") const {
    return scheme + "://" + host + ":" + std::to_string(port_) + "/";
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    while (!stopping_) {
      const int connection = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection >= 0) serving_.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int descriptor) {
    const Connection connection(descriptor, stopping_);
    const std::string request = connection.hear();
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    behaviour_(connection, request);
    ::close(descriptor);
  }

  const Behaviour behaviour_;
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> serving_;  // of the accepting thread, until it is joined
  std::thread accepting_;
};

/// A port of 127.0.0.1 and ::1 on which nobody listens, and which nobody else is given while it lives.
class ClosedPort {
 public:
  ClosedPort() : descriptor_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    constexpr int kBothFamilies = 0;
    ::setsockopt(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &kBothFamilies, sizeof kBothFamilies);
    SocketAddress address;
    socklen_t length = to_socket_address(Address(), 0, address);
    if (::bind(descriptor_, &address.base, length) != 0) FAIL("no port");
    ::getsockname(descriptor_, &address.base, &length);
    port_ = ntohs(address.v6.sin6_port);
  }
  ~ClosedPort() { ::close(descriptor_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::string text() const { return std::to_string(port_); }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

/// Says `text` and closes.
inline Server::Behaviour saying(std::string text) {
  return [text = std::move(text)](const Connection& connection, const std::string&) { connection.say(text); };
}

inline std::string ok(const std::string& body = "hello", const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

using Options = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Options by key; several values, or a key that ends with "[]", are a list.
inline std::shared_ptr<const HttpOptions> http_options(const Options& entries) {
  const auto scalar = [](const std::string& text) {
    OptionValue value;
    value.kind = OptionValue::Kind::scalar;
    value.text = text;
    return value;
  };
  OptionValue mapping;
  mapping.kind = OptionValue::Kind::mapping;
  for (const auto& [key, texts] : entries) {
    OptionValue value;
    if (key.ends_with("[]")) {
      value.kind = OptionValue::Kind::sequence;
      for (const std::string& text : texts) value.items.push_back(scalar(text));
      mapping.entries.push_back({key.substr(0, key.size() - 2), {}, value});
    } else if (const std::size_t dot = key.find('.'); dot != std::string::npos) {
      value.kind = OptionValue::Kind::mapping;
      value.entries.push_back({key.substr(dot + 1), {}, scalar(texts.at(0))});
      mapping.entries.push_back({key.substr(0, dot), {}, value});
    } else {
      mapping.entries.push_back({key, {}, scalar(texts.at(0))});
    }
  }
  std::vector<Problem> problems;
  OptionReader reader(mapping, "m", problems);
  auto options = std::static_pointer_cast<const HttpOptions>(read_http_options(reader));
  reader.finish();
  for (const Problem& problem : problems) FAIL(problem.message);
  return options;
}

inline std::unique_ptr<Prober> open_http(const ProbeEnvironment& environment = {}) {
  Result<std::unique_ptr<Prober>> opened = HttpProber::open(environment);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

/// An answer with its exchange.
struct Told {
  Answer answer;
  HttpExchange exchange;
};

struct Collector final : AnswerSink {
  std::vector<Told> all;
  void on_answers(std::span<const Answer> answers) override {
    for (const Answer& answer : answers) {
      all.push_back({answer, answer.exchange == nullptr ? HttpExchange{} : *answer.exchange});
      CHECK((answer.exchange == nullptr) == (answer.kind == AnswerKind::unsent));
    }
  }
};

/// Reads until `wanted` answers are there, or for 60 seconds.
inline void collect(Prober& prober, Collector& collector, std::size_t wanted) {
  const Instant end = BootClock::now() + 60s;
  while (collector.all.size() < wanted && BootClock::now() < end) {
    pollfd ready{prober.descriptors().at(0), POLLIN, 0};
    if (::poll(&ready, 1, 100) > 0) CHECK_FALSE(prober.receive(collector));
  }
}

/// One probe and its only answer.
inline Told probe(Prober& prober, const HttpOptions& options, const Address& to = kLocal4, std::string_view host = {},
                  Duration timeout = 30s) {
  const ProbeRequest request{to, {3, 4}, 5, timeout, host};
  SendResult result;
  prober.send(options, {&request, 1}, {&result, 1});
  REQUIRE(result.error == 0);
  Collector collector;
  collect(prober, collector, 1);
  prober.receive(collector);
  REQUIRE(collector.all.size() == 1);
  const Told told = collector.all[0];
  CHECK(told.answer.number == TargetNumber{3, 4});
  CHECK(told.answer.slot == 5);
  CHECK(told.answer.from == to);
  CHECK(told.answer.to == to);
  CHECK(told.answer.received >= result.at);
  return told;
}

inline Told probe(const Options& options, const Address& to = kLocal4, std::string_view host = {},
                  Duration timeout = 30s) {
  const std::unique_ptr<Prober> prober = open_http();
  return probe(*prober, *http_options(options), to, host, timeout);
}

/// Whether the prober's own thread stood still when the time was up: a busy machine, and not what a test is about.
inline bool was_held_up(const Told& told) {
  return told.answer.kind == AnswerKind::unsent && told.answer.error == ETIME;
}

inline bool is_reply(const Told& told) { return told.answer.kind == AnswerKind::reply; }
inline bool failed(const Told& told, FailureReason reason) {
  CAPTURE(static_cast<int>(told.answer.kind), static_cast<int>(told.answer.reason), told.answer.error);
  const bool as_told = told.answer.kind == AnswerKind::failure && told.answer.reason == reason;
  CHECK(as_told);
  return as_told;
}

}  // namespace blipd::test

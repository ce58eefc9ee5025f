// Servers in every state, on the loopback interface, and what the prober `http` says of each.
#include <sched.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/http_prober_server.h"

namespace blipd::test {
namespace {

ProbeEnvironment environment(const std::string& contact, const std::optional<Address>& source4,
                             const std::string& interface = {}) {
  ProbeEnvironment made;
  made.contact = contact;
  made.source4 = source4;
  made.interface = interface;
  return made;
}

Duration whole(const HttpExchange& exchange) {
  Duration sum{};
  for (const Duration phase : exchange.phases) sum += phase;
  return sum;
}

TEST_CASE("a good answer is a reply, with its status and its phases") {
  for (const Address& at : {kLocal4, kLocal6}) {
    CAPTURE(at.to_string());
    Server server(saying(ok()), at);
    const Instant begin = BootClock::now();
    const Told told = probe({{"url", {server.url()}}}, at);
    CHECK(is_reply(told));
    CHECK(told.exchange.status == 200);
    CHECK_FALSE(told.exchange.certificate_expiry);
    CHECK(whole(told.exchange) > Duration{});
    CHECK(whole(told.exchange) <= BootClock::now() - begin);
    CHECK(told.exchange.phases[static_cast<std::size_t>(HttpPhase::processing)] > Duration{});
    CHECK(told.exchange.phases[static_cast<std::size_t>(HttpPhase::tls)] == Duration{});
  }
}

TEST_CASE("the server sees the name, and who asks") {
  Server server(saying(ok()));
  const auto prober = open_http(environment("https://noc.example.test/probing", Address::v4(0x7f000002)));
  const auto options = http_options({{"url", {server.url()}}, {"headers.X-Probe", {"yes"}}, {"bearer_token", {"abc"}}});
  CHECK(is_reply(probe(*prober, *options, kLocal4, "www.example.test")));
  const std::string request = server.requests().at(0);
  CAPTURE(request);
  CHECK(request.starts_with("GET / HTTP/1.1\r\n"));
  CHECK(request.find("\r\nHost: www.example.test:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
  CHECK(request.find("\r\nX-Probe: yes\r\n") != std::string::npos);
  CHECK(request.find("\r\nAuthorization: Bearer abc\r\n") != std::string::npos);
  CHECK(request.find("\r\nUser-Agent: blipd/") != std::string::npos);
  CHECK(request.find(" (+https://noc.example.test/probing)\r\n") != std::string::npos);
  CHECK(request.find("Cookie") == std::string::npos);
}

TEST_CASE("a body is sent as it is, with nothing added") {
  Server server(saying(ok()));
  CHECK(is_reply(probe({{"url", {server.url()}}, {"method", {"POST"}}, {"body", {"ping"}}})));
  CHECK(is_reply(
      probe({{"url", {server.url()}}, {"method", {"PUT"}}, {"body", {"ping"}}, {"headers.Content-Type", {"a/b"}}})));
  CHECK(is_reply(probe({{"url", {server.url()}}, {"method", {"HEAD"}}})));
  const std::vector<std::string> requests = server.requests();
  CHECK(requests.at(0).starts_with("POST / HTTP/1.1\r\n"));
  CHECK(requests.at(0).find("\r\nContent-Length: 4\r\n") != std::string::npos);
  CHECK(requests.at(0).find("Content-Type") == std::string::npos);
  CHECK(requests.at(0).find("Expect") == std::string::npos);
  CHECK(requests.at(1).starts_with("PUT / HTTP/1.1\r\n"));
  CHECK(requests.at(1).find("\r\nContent-Type: a/b\r\n") != std::string::npos);
  CHECK(requests.at(2).starts_with("HEAD / HTTP/1.1\r\n"));
}

TEST_CASE("redirects are followed, to the same address if to the same name") {
  Server server([](const Connection& connection, const std::string& request) {
    if (request.starts_with("GET / ")) {
      connection.say("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /there\r\n\r\n");
    } else if (request.starts_with("GET /there ")) {
      connection.wait(50ms);
      connection.say(ok());
    } else {
      connection.say("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /around\r\n\r\n");
    }
  });
  const Told followed = probe({{"url", {server.url()}}}, kLocal4, "www.example.test");
  CHECK(is_reply(followed));
  CHECK(followed.exchange.status == 200);
  CHECK(server.requests().size() == 2);
  CHECK(followed.exchange.phases[static_cast<std::size_t>(HttpPhase::processing)] >= 50ms);
  const Told stopped = probe({{"url", {server.url()}}, {"follow_redirects", {"false"}}});
  CHECK(failed(stopped, FailureReason::status));
  CHECK(stopped.exchange.status == 301);
  CHECK(failed(probe({{"url", {server.url() + "around"}}, {"max_redirects", {"3"}}}), FailureReason::bad_reply));
  CHECK(server.requests().size() == 2 + 1 + 4);
}

TEST_CASE("a redirect that leads nowhere is a bad reply") {
  for (const char* where : {"ftp://127.0.0.1/", "file:///etc/passwd", "http://no-such-name.invalid/", "http://[/"}) {
    CAPTURE(where);
    Server server(saying(std::string("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: ") + where + "\r\n\r\n"));
    failed(probe({{"url", {server.url()}}}), FailureReason::bad_reply);
  }
}

TEST_CASE("statuses, headers and bodies that are not wanted") {
  Server missing(saying("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  const Told told = probe({{"url", {missing.url()}}});
  CHECK(failed(told, FailureReason::status));
  CHECK(told.exchange.status == 404);
  CHECK(is_reply(probe({{"url", {missing.url()}}, {"valid_status_codes[]", {"404"}}})));
  Server server(saying(ok("all is down")));
  CHECK(failed(probe({{"url", {server.url()}}, {"fail_if_body_matches_regexp[]", {"down"}}}), FailureReason::body));
  CHECK(failed(probe({{"url", {server.url()}}, {"fail_if_body_not_matches_regexp[]", {"up"}}}), FailureReason::body));
  CHECK(is_reply(probe({{"url", {server.url()}}, {"fail_if_body_not_matches_regexp[]", {"^all is down$"}}})));
  CHECK(failed(probe({{"url", {server.url()}}, {"fail_if_not_ssl", {"true"}}}), FailureReason::body));
  CHECK(failed(probe({{"url", {server.url()}}, {"valid_http_versions[]", {"HTTP/2.0"}}}), FailureReason::bad_reply));
}

TEST_CASE("a closed port is refused, in either family") {
  const ClosedPort closed;
  const std::string url = "http://{host}:" + closed.text() + "/";
  CHECK(failed(probe({{"url", {url}}}), FailureReason::refused));
  CHECK(failed(probe({{"url", {url}}}, kLocal6), FailureReason::refused));
}

/// Runs `test` on a thread in network and mount namespaces of its own, in which the shell command `set_up` has been
/// run.
void in_own_network(const std::string& set_up, const std::function<void()>& test) {
  bool entered = false;
  bool ready = false;
  std::thread([&] {
    entered = ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0;
    ready = entered && std::system(set_up.c_str()) == 0;
    if (ready) test();
  }).join();
  if (!entered) WARN("skipped: no network namespace without root");
  if (entered && !ready) WARN("skipped: this did not work: " + set_up);
}

TEST_CASE("an address to which this machine has no route is our own matter") {
  in_own_network("true", [] {
    const Told told = probe(Options{}, Address::v4(0xc6336402));
    CHECK(told.answer.kind == AnswerKind::unsent);
    CHECK(told.answer.error == ENETUNREACH);
  });
}

TEST_CASE("an address on the link that does not answer is unreachable") {
  in_own_network(
      "ip link set lo up && ip link add name one type veth peer name two && ip link set one up && ip link set two up "
      "&& "
      "ip address add 198.51.100.1/24 dev one",
      [] { CHECK(failed(probe(Options{}, Address::v4(0xc6336402)), FailureReason::unreachable)); });
}

TEST_CASE("a name that resolves for ever holds up nobody else") {
  // Packets to this gateway are gone, those to the name server too.
  in_own_network(
      "ip link set lo up && ip link add name hole type veth peer name end && ip link set hole up && ip link set end up "
      "&& "
      "ip address add 198.51.100.1/24 dev hole && ip neighbour add 198.51.100.2 lladdr 02:00:00:00:00:02 dev hole && "
      "ip route add default via 198.51.100.2 && mount --make-rprivate / && mount -t tmpfs none /mnt && "
      "echo nameserver 203.0.113.1 >/mnt/resolv.conf && mount --bind /mnt/resolv.conf /etc/resolv.conf",
      [] {
        Server server([](const Connection& connection, const std::string& request) {
          if (request.starts_with("GET /lost ")) {
            connection.say("HTTP/1.1 301 Moved\r\nLocation: http://www.example.test/\r\n\r\n");
          } else if (connection.wait(4s)) {
            connection.say(ok());
          }
        });
        const auto prober = open_http();
        const ProbeRequest lost{kLocal4, {1, 1}, 1, 300ms, {}};
        const ProbeRequest slow{kLocal4, {1, 2}, 2, 50s, {}};
        SendResult result;
        prober->send(*http_options({{"url", {server.url() + "lost"}}}), {&lost, 1}, {&result, 1});
        prober->send(*http_options({{"url", {server.url()}}}), {&slow, 1}, {&result, 1});
        Collector collector;
        collect(*prober, collector, 2);
        REQUIRE(collector.all.size() == 2);
        CHECK(collector.all[0].answer.slot == 1);
        // Nobody knows whose name server it is that does not answer.
        CHECK(collector.all[0].answer.kind == AnswerKind::unsent);
        CHECK((was_held_up(collector.all[0]) || collector.all[0].answer.error == ETIMEDOUT));
        CHECK(is_reply(collector.all[1]));
      });
}

TEST_CASE("a source that this machine does not have is our own matter") {
  Server server(saying(ok()));
  const auto prober = open_http(environment("", Address::v4(0xc0000201)));
  const Told told = probe(*prober, *http_options({{"url", {server.url()}}}));
  CHECK(told.answer.kind == AnswerKind::unsent);
  CHECK(told.answer.error == EADDRNOTAVAIL);
  const auto elsewhere = open_http(environment("", std::nullopt, "no-such-device"));
  CHECK(probe(*elsewhere, *http_options({{"url", {server.url()}}})).answer.error == ENODEV);
}

TEST_CASE("what is not HTTP, cut short or too long is a bad reply") {
  const auto after = [](std::string text) {
    return [text = std::move(text)](const Connection& connection, const std::string&) {
      connection.say(text);
      connection.reset();
    };
  };
  const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(400 << 10, 'x');
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 300; ++i) many += "X: " + std::string(1024, 'x') + "\r\n";
  const std::vector<std::pair<const char*, Server::Behaviour>> behaviours{
      {"nothing", saying("")},
      {"reset", after("")},
      {"reset in the header", after("HTTP/1.1 200 OK\r\nContent-")},
      {"cut in the body", saying(half)},
      {"reset in the body", after(half)},
      {"banner", saying("SSH-2.0-OpenSSH_9.2\r\n")},
      {"binary", saying(std::string("\x15\x03\x01\x00\x02\x02\x28\x00", 8))},
      {"no version", saying("hello, world\r\n")},
      {"HTTP/9", saying("HTTP/9.9 200 OK\r\n\r\n")},
      {"chunk without length", saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")},
      {"endless header", saying(endless)},
      {"many headers", saying(many + "\r\n")},
      {"long body", saying(ok(std::string(2000, 'x')))}};
  for (const auto& [name, behaviour] : behaviours) {
    CAPTURE(name);
    Server server(behaviour);
    failed(probe({{"url", {server.url()}}, {"body_size_limit", {"1000"}}}), FailureReason::bad_reply);
  }
}

TEST_CASE("a body that ends with its connection is whole, up to the limit") {
  Server server(saying("HTTP/1.0 200 OK\r\n\r\n" + std::string(1000, 'x')));
  CHECK(is_reply(probe({{"url", {server.url()}}, {"body_size_limit", {"1000"}}})));
  CHECK(failed(probe({{"url", {server.url()}}, {"body_size_limit", {"999"}}}), FailureReason::bad_reply));
}

TEST_CASE("a response that comes in pieces is whole") {
  Server server([](const Connection& connection, const std::string&) {
    for (const char* piece : {"HTTP/1.1 200 OK\r\n", "Content-Length: 6\r\n", "\r\none", "two"}) {
      connection.say(piece);
      connection.wait(150ms);
    }
  });
  CHECK(is_reply(probe({{"url", {server.url()}}, {"fail_if_body_not_matches_regexp[]", {"^onetwo$"}}})));
}

TEST_CASE("without TLS behind https there is no session") {
  Server server(saying("HTTP/1.1 400 Bad Request\r\n\r\n"));
  CHECK(failed(probe({{"url", {server.url("https")}}}), FailureReason::tls));
  Server closes([](const Connection& connection, const std::string&) { connection.reset(); });
  CHECK(failed(probe({{"url", {closes.url("https")}}}), FailureReason::tls));
}

TEST_CASE("an exchange ends with its timeout, whatever trickles in") {
  const auto trickle = [](std::string begin, std::string more) {
    return [begin = std::move(begin), more = std::move(more)](const Connection& connection, const std::string&) {
      connection.say(begin);
      for (int i = 0; i < 1000 && connection.wait(20ms); ++i) connection.say(more);
    };
  };
  const std::vector<std::pair<const char*, Server::Behaviour>> behaviours{
      {"silence", trickle("", "")},
      {"headers", trickle("HTTP/1.1 200 OK\r\n", "X: y\r\n")},
      {"one header", trickle("HTTP/1.1 200 OK\r\nX: ", "y")},
      {"body", trickle("HTTP/1.1 200 OK\r\n\r\n", "y")},
      {"interim responses", trickle("", "HTTP/1.1 100 Continue\r\n\r\n")}};
  for (const auto& [name, behaviour] : behaviours) {
    CAPTURE(name);
    Server server(behaviour);
    Instant begin{};
    Told told;
    for (int tries = 0; tries == 0 || (was_held_up(told) && tries < 20); ++tries) {
      begin = BootClock::now();
      told = probe({{"url", {server.url()}}}, kLocal4, {}, 300ms);
    }
    CHECK(failed(told, FailureReason::timeout));
    CHECK(told.answer.received - begin >= 300ms);
    CHECK(whole(told.exchange) > 0ms);
  }
}

TEST_CASE("a proxy is asked for a tunnel to the address, and the request in it names the host") {
  Server proxy([](const Connection& connection, const std::string& request) {
    if (!request.starts_with("CONNECT 198.51.100.1:8 HTTP/1.1\r\n")) return;
    connection.say("HTTP/1.1 200 Go ahead\r\nX-Proxy: yes\r\n\r\n");
    connection.say(ok(connection.hear()));
  });
  const Options options{{"url", {"http://{host}:8/page"}},
                        {"proxy_url", {proxy.url("http", "127.0.0.1")}},
                        {"fail_if_body_not_matches_regexp[]", {"^GET /page HTTP/1.1\r\nHost: www.example.test:8\r\n"}}};
  const Told told = probe(options, Address::v4(0xc6336401), "www.example.test");
  CHECK(is_reply(told));
  CHECK(told.exchange.status == 200);
}

TEST_CASE("a proxy's own trouble is void") {
  Server proxy([](const Connection& connection, const std::string& request) {
    connection.say(request.find("198.51.100.1:8") != std::string::npos ? "HTTP/1.1 502 Bad Gateway\r\n\r\n"
                                                                       : "HTTP/1.1 407 Who are you\r\n\r\n");
  });
  const std::string url = proxy.url("http", "127.0.0.1");
  CHECK(failed(probe({{"url", {"http://{host}:8/"}}, {"proxy_url", {url}}}, Address::v4(0xc6336401)),
               FailureReason::unreachable));
  CHECK(proxy.requests().at(0).starts_with("CONNECT 198.51.100.1:8 HTTP/1.1\r\n"));
  const Told denied = probe({{"url", {"http://{host}:9/"}}, {"proxy_url", {url}}}, Address::v4(0xc6336401));
  CHECK(denied.answer.kind == AnswerKind::unsent);
  CHECK(denied.answer.error == EACCES);
  const ClosedPort closed;
  const Told refused = probe({{"proxy_url", {"http://127.0.0.1:" + closed.text()}}});
  CHECK(refused.answer.kind == AnswerKind::unsent);
  CHECK(refused.answer.error == ECONNREFUSED);
}

}  // namespace
}  // namespace blipd::test

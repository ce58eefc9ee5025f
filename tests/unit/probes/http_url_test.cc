#include "probes/http_url.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

const Address kV4 = Address::v4(0xc0000201);
const Address kV6 = *Address::parse("2001:db8::7");
using List = std::vector<std::string>;

HttpAim aim(const char* url, const char* host, const Address& to, const HttpNames& names = {}) {
  const Result<HttpUrl> parsed = HttpUrl::parse(url);
  REQUIRE(parsed.has_value());
  return parsed->aim(host, to, names);
}

TEST_CASE("the name of a host takes its place in the URL, and leads to one address") {
  const HttpAim one = aim("http://{host}/", "www.example.test", kV4);
  CHECK(one.url == "http://www.example.test/");
  CHECK(one.host_header.empty());
  CHECK(one.connect_to == List{"www.example.test::192.0.2.1:"});
  CHECK(aim("https://{host}:8443/a?b={host}#c", "www.example.test", kV6).url ==
        "https://www.example.test:8443/a?b=www.example.test");
  CHECK(aim("https://{host}", "www.example.test", kV6).connect_to == List{"www.example.test::[2001:db8::7]:"});
  CHECK(aim("https://{host}?a", "www.example.test", kV6).url == "https://www.example.test/?a");
  CHECK(aim("http://{host}/", "www.example.test.", kV4).url == "http://www.example.test/");
}

TEST_CASE("an address takes the place of a name, IPv6 in brackets") {
  CHECK(aim("http://{host}/", "192.0.2.1", kV4).url == "http://192.0.2.1/");
  CHECK(aim("http://{host}:81/x", "2001:db8::7", kV6).url == "http://[2001:db8::7]:81/x");
  CHECK(aim("http://{host}/?of={host}", "2001:db8::7", kV6).url == "http://[2001:db8::7]/?of=2001:db8::7");
  CHECK(aim("http://{host}/", "2001:db8::7", kV6).connect_to == List{"[2001:db8::7]::[2001:db8::7]:"});
}

TEST_CASE("a URL with a name of its own is asked of the address that is probed") {
  const HttpAim named = aim("https://shop.example.test/x", "192.0.2.1", kV4);
  CHECK(named.url == "https://shop.example.test/x");
  CHECK(named.host_header.empty());
  CHECK(named.connect_to == List{"shop.example.test::192.0.2.1:"});
  CHECK(aim("http://[::1]:8080/", "192.0.2.1", kV4).connect_to == List{"[::1]::192.0.2.1:"});
}

TEST_CASE("names for TLS and for the header Host, and where redirects to them lead") {
  const HttpAim tls = aim("https://{host}/", "192.0.2.1", kV4, {"", "www.example.test"});
  CHECK(tls.url == "https://www.example.test/");
  CHECK(tls.host_header == "192.0.2.1");
  CHECK(tls.connect_to == List{"www.example.test::192.0.2.1:", "192.0.2.1::192.0.2.1:"});
  CHECK(aim("https://{host}:444/", "2001:db8::7", kV6, {"", "www.example.test"}).host_header == "[2001:db8::7]:444");
  CHECK(aim("https://{host}:443/", "192.0.2.1", kV4, {"", "www.example.test"}).host_header == "192.0.2.1");
  CHECK(aim("http://{host}:443/", "192.0.2.1", kV4, {"", "www.example.test"}).host_header == "192.0.2.1:443");

  const HttpAim header = aim("https://{host}:444/", "192.0.2.1", kV4, {"www.example.test:444", ""});
  CHECK(header.url == "https://www.example.test:444/");
  CHECK(header.host_header == "www.example.test:444");
  CHECK(header.connect_to == List{"www.example.test::192.0.2.1:", "192.0.2.1::192.0.2.1:"});

  const HttpAim both = aim("https://{host}/", "192.0.2.1", kV4, {"a.test", "b.test"});
  CHECK(both.url == "https://b.test/");
  CHECK(both.host_header == "a.test");
  CHECK(both.connect_to == List{"b.test::192.0.2.1:", "192.0.2.1::192.0.2.1:", "a.test::192.0.2.1:"});
}

TEST_CASE("what is no URL to probe is told without repeating it") {
  const std::vector<std::pair<const char*, const char*>> bad{
      {"", "the URL has no scheme: write it like \"http://{host}/\""},
      {"{host}", "the URL has no scheme: write it like \"http://{host}/\""},
      {"ftp://{host}/", "the scheme of the URL is neither http nor https"},
      {"gopherus://{host}/", "the scheme of the URL is neither http nor https"},
      {"http://secret@{host}/", "the URL holds a user or a password: write them as basic_auth"},
      {"http://me:secret@{host}/", "the URL holds a user or a password: write them as basic_auth"},
      {"http://www.{host}/", "{host} is to be the whole name in the URL, or behind it"},
      {"http://{host}{host}/", "{host} is to be the whole name in the URL, or behind it"},
      {"http://{host}:0/", "the port of the URL is 0"},
      {"http://a..secret.test/", "the name in the URL is neither a host name nor an address"}};
  for (const auto& [url, message] : bad) {
    CAPTURE(url);
    const Result<HttpUrl> parsed = HttpUrl::parse(url);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message == message);
  }
  for (const char* url : {"http://", "http:///x", "http://{host}:99999/", "http://{host}:x/", "http://{host}/a b",
                          "http://{host}/\r\nX: y", "http://[::1/", "http://{host} /"}) {
    CAPTURE(url);
    const Result<HttpUrl> parsed = HttpUrl::parse(url);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.starts_with("is not a URL: "));
  }
}

TEST_CASE("a proxy is named by an http URL without a path") {
  for (const char* good :
       {"http://proxy.example.test:3128", "http://me:pw@proxy.example.test:3128/", "http://[::1]:8"}) {
    CAPTURE(good);
    CHECK(why_not_a_proxy(good).empty());
  }
  for (const char* bad : {"proxy:3128", "https://proxy.example.test/", "socks5://proxy.example.test/",
                          "http://proxy.example.test/path", "http://proxy.example.test/?q", "http://", ""}) {
    CAPTURE(bad);
    CHECK(!why_not_a_proxy(bad).empty());
  }
}

TEST_CASE("an authority without its port") {
  CHECK(without_port("a.test:80") == "a.test");
  CHECK(without_port("a.test") == "a.test");
  CHECK(without_port("[::1]:80") == "[::1]");
  CHECK(without_port("[::1]") == "[::1]");
  CHECK(without_port("").empty());
}

}  // namespace
}  // namespace blipd

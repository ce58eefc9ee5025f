#include "probes/http_options.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "probes/http_prober.h"
#include "tests/support/catch.h"
#include "tests/unit/probes/http_reading.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using test::Entries;
using test::list;
using test::map;
using test::word;
using test::words;

const std::string kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBfDCCASOgAwIBAgIUaLSrlv+k9vk/LcEeHj5GkNyCmnIwCgYIKoZIzj0EAwIw\n"
    "EzERMA8GA1UEAwwIb25lLnRlc3QwIBcNMjYxMTIzMjMyOTQwWhgPMjA4MTA4MjYy\n"
    "MzI5NDBaMBMxETAPBgNVBAMMCG9uZS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
    "AQcDQgAEcoYZ/3luO2CqTWLAWqnBXM8Knfzru93asWJUuavQWBOJUleNh9XQxY1Z\n"
    "tmJfes4VN97X/Ezvv1fJcm8uLHN/j6NTMFEwHQYDVR0OBBYEFLPX0vF+ANHoOC8e\n"
    "e3jcq7bukafyMB8GA1UdIwQYMBaAFLPX0vF+ANHoOC8ee3jcq7bukafyMA8GA1Ud\n"
    "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgQ22SMJncQfvZMsii69itxtSw\n"
    "AdG+Acs2XmYsYpZEwm8CIDf2sW54kF4S4kfVPCTtzTTKASH/Gu+D1OZE27T/547m\n"
    "-----END CERTIFICATE-----\n";
const std::string kKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVX68LPLNBTE9vXrN\n"
    "ic5kyw7Oj8fQM2aiWbmzHu3unYChRANCAARyhhn/eW47YKpNYsBaqcFczwqd/Ou7\n"
    "3dqxYlS5q9BYE4lSV42H1dDFjVm2Yl96zhU33tf8TO+/V8lyby4sc3+P\n"
    "-----END PRIVATE KEY-----\n";
const std::string kOtherKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4yZMXblbgDLW2Ld6\n"
    "5DQ0HyZRNg1j4/8oVBKK3dL42XKhRANCAARHKY3A4Obdfp0xumsKv81XzPmK2zKl\n"
    "+5Kja/aVgoxsVEi49PeeNtLpy3fYLU80MhbbBNkWMV8ioCTaBJa1AGVg\n"
    "-----END PRIVATE KEY-----\n";
const std::string kLockedKey =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,AD1A0C206BBE1944311DC8C4C37D9A2F\n"
    "\n"
    "4V28li8DvimdQUcuSxTQiBs8WNyONu6WRhmWl8QvQKPcFDtFbNTghViaB9i64BXa\n"
    "nTe/oD64OpGoEMwLreNDVsML6Lx3DkgP0xR+1WZR2JbC9RO3VUMpc99kWdfrY1l5\n"
    "N7g+muKt1XaEr2ypWoFOScYrMnxHD5GJqQAXJpWZEto=\n"
    "-----END EC PRIVATE KEY-----\n";

const std::map<std::string, std::string> kFiles{{"conf/cert.pem", kCertificate},
                                                {"conf/key.pem", kKey},
                                                {"conf/other.pem", kOtherKey},
                                                {"conf/locked.pem", kLockedKey},
                                                {"conf/token", "top-secret\n"},
                                                {"conf/two", "top\nsecret\n"},
                                                {"/etc/empty", ""}};

struct Bad {
  Entries entries;
  std::string message;
  int line;
};

void check_bad(const std::vector<Bad>& cases) {
  for (const Bad& bad : cases) {
    CAPTURE(bad.message);
    std::vector<Problem> problems;
    CHECK(test::read_http(bad.entries, problems, kFiles) != nullptr);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].message == bad.message);
    CHECK(problems[0].place.line == bad.line);
    CHECK(problems[0].message.find("secret") == std::string::npos);
  }
}

TEST_CASE("http asks for / and wants 2xx") {
  std::vector<Problem> problems;
  const auto options = test::read_http({}, problems);
  CHECK(problems.empty());
  CHECK(options->url.aim("a.test", Address::v4(0x7f000001)).url == "http://a.test/");
  CHECK(options->method == "GET");
  CHECK(options->valid_status_codes.empty());
  CHECK(options->follow_redirects);
  CHECK(options->max_redirects == 10);
  CHECK(options->http2);
  CHECK(options->body_size_limit == 10485760);
  CHECK(options->min_version == TlsVersion::tls12);
  CHECK_FALSE(options->insecure_skip_verify);
  CHECK(options->tls != nullptr);
  CHECK_FALSE(options->checks_body());
  CHECK_FALSE(options->checks_headers());
  CHECK(kHttpProber.times.interval == 5min);
  CHECK(kHttpProber.times.least_interval == 1s);
  CHECK(kHttpProber.times.timeout == 10s);
  CHECK(kHttpProber.times.most_timeout == 5min);
  CHECK_FALSE(kHttpProber.judges_network);
  CHECK(kHttpProber.wants_names);
}

TEST_CASE("every option of http is read") {
  std::vector<Problem> problems;
  const auto options = test::read_http(
      {{"url", word("https://{host}:8443/health")},
       {"method", word("POST")},
       {"headers", map({{"Host", word("www.example.test:81")}, {"X-A", word("b: c")}, {"X-Empty", word("")}})},
       {"body", word("ping")},
       {"valid_status_codes", words({"200", "404"})},
       {"valid_http_versions", words({"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"})},
       {"follow_redirects", word("false")},
       {"max_redirects", word("50")},
       {"fail_if_body_matches_regexp", words({"a", "b"})},
       {"fail_if_body_not_matches_regexp", words({"c"})},
       {"fail_if_header_matches", list({map({{"header", word("X-Y")}, {"regexp", word("z")}})})},
       {"fail_if_header_not_matches",
        list({map({{"header", word("v")}, {"regexp", word("")}, {"allow_missing", word("true")}})})},
       {"fail_if_not_ssl", word("true")},
       {"basic_auth", map({{"username", word("me")}, {"password_file", word("token")}})},
       {"proxy_url", word("http://u:secret@proxy.example.test:3128")},
       {"http2", word("false")},
       {"body_size_limit", word("1")},
       {"tls", map({{"insecure_skip_verify", word("true")},
                    {"server_name", word("tls.example.test")},
                    {"min_version", word("TLS10")},
                    {"ca_file", word("cert.pem")},
                    {"cert_file", word("cert.pem")},
                    {"key_file", word("key.pem")}})}},
      problems, kFiles);
  for (const Problem& problem : problems) FAIL(problem.message);
  CHECK(options->method == "POST");
  CHECK(options->names.host_header == "www.example.test:81");
  CHECK(options->headers == std::vector<std::string>{"X-A: b: c", "X-Empty;"});
  CHECK(options->body == "ping");
  CHECK(options->valid_status_codes == std::vector<unsigned>{200, 404});
  CHECK(options->valid_http_versions == std::vector<unsigned>{10, 11, 20});
  CHECK_FALSE(options->follow_redirects);
  CHECK(options->max_redirects == 50);
  CHECK(options->fail_if_body_matches.size() == 2);
  CHECK(options->fail_if_body_not_matches.size() == 1);
  REQUIRE(options->fail_if_header_matches.size() == 1);
  CHECK(options->fail_if_header_matches[0].header == "x-y");
  CHECK_FALSE(options->fail_if_header_matches[0].allow_missing);
  REQUIRE(options->fail_if_header_not_matches.size() == 1);
  CHECK(options->fail_if_header_not_matches[0].allow_missing);
  CHECK(options->fail_if_not_ssl);
  CHECK(options->username == "me");
  CHECK(options->password == "top-secret");
  CHECK(options->proxy_url == "http://u:secret@proxy.example.test:3128");
  CHECK_FALSE(options->http2);
  CHECK(options->body_size_limit == 1);
  CHECK(options->insecure_skip_verify);
  CHECK(options->names.server_name == "tls.example.test");
  CHECK(options->min_version == TlsVersion::tls10);
}

TEST_CASE("a bearer token, written or in a file") {
  std::vector<Problem> problems;
  CHECK(test::read_http({{"bearer_token", word("abc")}}, problems)->bearer_token == "abc");
  CHECK(test::read_http({{"bearer_token_file", word("token")}}, problems, kFiles)->bearer_token == "top-secret");
  CHECK(problems.empty());
}

TEST_CASE("wrong requests are told with their place") {
  check_bad({
      {{{"url", word("ftp://{host}/")}}, "modules.web.url: the scheme of the URL is neither http nor https", 2},
      {{{"method", word("GE T")}}, "modules.web.method: \"GE T\" is not a method of HTTP", 2},
      {{{"method", word("CONNECT")}}, "modules.web.method: \"CONNECT\" cannot be probed with", 2},
      {{{"method", word("HEAD")}, {"body", word("x")}}, "modules.web.body: the method HEAD has none", 3},
      {{{"headers", words({"a"})}}, "modules.web.headers: expected a mapping, not a list", 2},
      {{{"headers", map({{"A", word("b")}, {"C D", word("e")}}, 20)}},
       "modules.web.headers: \"C D\" is not the name of a header",
       21},
      {{{"headers", map({{"A", word("secret\r\nB: c")}}, 20)}},
       "modules.web.headers.A: holds a line end or another control character",
       20},
      {{{"headers", map({{"A", words({"b"})}}, 20)}}, "modules.web.headers.A: expected text, not a list", 20},
      {{{"headers", map({{"Content-Length", word("3")}}, 20)}},
       "modules.web.headers.Content-Length: follows from the body and cannot be given",
       20},
      {{{"headers", map({{"Host", word("a/b")}}, 20)}},
       "modules.web.headers.Host: \"a/b\" is not the name of a host, perhaps with a port",
       20},
      {{{"headers", map({{"Accept", word("a")}, {"accept", word("b")}}, 20)}},
       "modules.web.headers: repeated header \"accept\"",
       21},
      {{{"headers", map({{"Authorization", word("secret")}})}, {"bearer_token", word("secret")}},
       "modules.web.headers: Authorization is given here and as basic_auth or bearer_token",
       2},
      {{{"max_redirects", word("51")}}, "modules.web.max_redirects: 51 is above 50", 2},
      {{{"body_size_limit", word("0")}}, "modules.web.body_size_limit: 0 is below 1", 2},
      {{{"body_size_limit", word("104857601")}}, "modules.web.body_size_limit: 104857601 is above 104857600", 2},
      {{{"http3", word("true")}}, "unknown key \"http3\" in modules.web (did you mean \"http2\"?)", 2},
  });
}

TEST_CASE("wrong expectations are told with their place") {
  check_bad({
      {{{"valid_status_codes", words({"200", "99"})}},
       "modules.web.valid_status_codes: \"99\" is not a status of HTTP, 100 to 599",
       11},
      {{{"valid_status_codes", words({"2xx"})}},
       "modules.web.valid_status_codes: \"2xx\" is not a status of HTTP, 100 to 599",
       10},
      {{{"valid_status_codes", word("200")}}, "modules.web.valid_status_codes: expected a list, not a single value", 2},
      {{{"valid_http_versions", words({"1.1"})}},
       "modules.web.valid_http_versions: \"1.1\" is not one of: HTTP/1.0, HTTP/1.1, HTTP/2.0",
       10},
      {{{"fail_if_body_matches_regexp", words({"a", "("})}},
       "modules.web.fail_if_body_matches_regexp: \"(\" is not a regular expression: missing ): (",
       11},
      {{{"fail_if_body_not_matches_regexp", words({"(?=a)"})}},
       "modules.web.fail_if_body_not_matches_regexp: \"(?=a)\" is not a regular expression: invalid perl operator: (?=",
       10},
      {{{"fail_if_body_matches_regexp", word("a")}},
       "modules.web.fail_if_body_matches_regexp: expected a list, not a single value",
       2},
      {{{"fail_if_header_matches", list({map({{"regexp", word("a")}})})}},
       "modules.web.fail_if_header_matches.header: missing: the name of a header",
       10},
      {{{"fail_if_header_matches", list({map({{"header", word("a")}})})}},
       "modules.web.fail_if_header_matches.regexp: missing: a regular expression",
       10},
      {{{"fail_if_header_not_matches", list({map({{"header", word("a")}, {"regexp", word("[")}}, 30)})}},
       "modules.web.fail_if_header_not_matches.regexp: \"[\" is not a regular expression: missing ]: [",
       31},
      {{{"fail_if_header_matches", list({map({{"header", word("a")}, {"regexp", word("b")}, {"x", word("c")}}, 30)})}},
       "unknown key \"x\" in modules.web.fail_if_header_matches (known: header, regexp, allow_missing)",
       32},
      {{{"fail_if_header_matches", words({"a"})}},
       "modules.web.fail_if_header_matches: expected a mapping, not a single value",
       10},
      {{{"fail_if_ssl", word("true")}, {"fail_if_not_ssl", word("true")}},
       "modules.web.fail_if_ssl: fail_if_not_ssl is true as well",
       2},
  });
}

TEST_CASE("wrong secrets and files are told without them") {
  check_bad({
      {{{"basic_auth",
         map({{"username", word("me")}, {"password", word("secret")}, {"password_file", word("token")}}, 20)}},
       "modules.web.basic_auth.password_file: password is given as well",
       22},
      {{{"basic_auth", map({{"password", word("secret")}}, 20)}},
       "modules.web.basic_auth.username: missing: the name of a user",
       1},
      {{{"basic_auth", map({{"username", word("a:b")}}, 20)}},
       "modules.web.basic_auth.username: holds a colon or a control character, which basic authentication cannot carry",
       20},
      {{{"basic_auth", map({{"username", word("a")}, {"password_file", word("none")}}, 20)}},
       "modules.web.basic_auth.password_file: conf/none: No such file or directory",
       21},
      {{{"bearer_token_file", word("two")}},
       "modules.web.bearer_token_file: holds a line end or another control character",
       2},
      {{{"bearer_token", word("secret")}, {"bearer_token_file", word("token")}},
       "modules.web.bearer_token_file: bearer_token is given as well",
       3},
      {{{"basic_auth", map({{"username", word("a")}})}, {"bearer_token", word("secret")}},
       "modules.web.basic_auth: a bearer token is given as well",
       2},
      {{{"proxy_url", word("ftp://secret@a/")}},
       "modules.web.proxy_url: is not the URL of an HTTP proxy: write it like \"http://proxy.example.net:3128\"",
       2},
      {{{"tls", map({{"server_name", word("a b")}}, 20)}},
       "modules.web.tls.server_name: \"a b\" is not a host name: \" \" is none of letters, digits, hyphen and dot",
       20},
      {{{"tls", map({{"min_version", word("SSL3")}}, 20)}},
       "modules.web.tls.min_version: \"SSL3\" is not one of: TLS10, TLS11, TLS12, TLS13",
       20},
      {{{"tls", map({{"ca_file", word("none.pem")}}, 20)}},
       "modules.web.tls.ca_file: conf/none.pem: No such file or directory",
       20},
      {{{"tls", map({{"ca_file", word("/etc/empty")}}, 20)}},
       "modules.web.tls.ca_file: holds no certificate in PEM format",
       20},
      {{{"tls", map({{"ca_file", word("key.pem")}}, 20)}},
       "modules.web.tls.ca_file: holds no certificate in PEM format",
       20},
      {{{"tls", map({{"cert_file", word("cert.pem")}}, 20)}},
       "modules.web.tls.cert_file: cert_file and key_file are given together or not at all",
       20},
      {{{"tls", map({{"cert_file", word("cert.pem")}, {"key_file", word("other.pem")}}, 20)}},
       "modules.web.tls.cert_file: the key of key_file is not the key of the certificate in cert_file",
       20},
      {{{"tls", map({{"cert_file", word("cert.pem")}, {"key_file", word("locked.pem")}}, 20)}},
       "modules.web.tls.cert_file: key_file holds no private key in PEM format without a passphrase",
       20},
      {{{"tls", map({{"cert_file", word("key.pem")}, {"key_file", word("key.pem")}}, 20)}},
       "modules.web.tls.cert_file: cert_file holds no certificate in PEM format",
       20},
  });
}

}  // namespace
}  // namespace blipd

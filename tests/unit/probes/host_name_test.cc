#include "probes/host_name.h"

#include <string>

#include "tests/support/catch.h"

namespace blipd {
namespace {

std::string labels(std::size_t count, std::size_t length) {
  std::string name;
  for (std::size_t i = 0; i < count; ++i) name += (i > 0 ? "." : "") + std::string(length, 'a');
  return name;
}

TEST_CASE("what people call hosts is a host name") {
  for (const char* name : {"a", "localhost", "www.example.org", "www.example.org.", "WWW.Example.ORG", "3com.com",
                           "1.2.3.4.in-addr.arpa", "a-b.c--d", "xn--bcher-kva.example", "_gateway", "my_host.example",
                           "host_", "0x.example", "1a", "0y1", "a.0b1"}) {
    CAPTURE(name);
    CHECK(why_not_a_host_name(name).empty());
    CHECK(is_host_name(name));
  }
}

TEST_CASE("the bounds of a name and of a label are told with their numbers") {
  CHECK(is_host_name(std::string(63, 'a')));
  CHECK(why_not_a_host_name(std::string(64, 'a')).find("it has a label of 64 characters, above 63") !=
        std::string::npos);
  // 4 * 63 + 3 dots = 255.
  const std::string of_253 = labels(3, 63) + "." + std::string(61, 'a');
  REQUIRE(of_253.size() == 253);
  CHECK(is_host_name(of_253));
  CHECK(is_host_name(of_253 + "."));
  CHECK(why_not_a_host_name(of_253 + "a").find("its 254 characters are above 253") != std::string::npos);
  CHECK(why_not_a_host_name(of_253 + "..").find("its 254 characters are above 253") != std::string::npos);
}

TEST_CASE("why text is no host name") {
  CHECK(why_not_a_host_name("") == "a host name is missing");
  CHECK(why_not_a_host_name(".") == "\".\" is not a host name: it has an empty label");
  CHECK(why_not_a_host_name(".a") == "\".a\" is not a host name: it has an empty label");
  CHECK(why_not_a_host_name("a..b") == "\"a..b\" is not a host name: it has an empty label");
  CHECK(why_not_a_host_name("a..") == "\"a..\" is not a host name: it has an empty label");
  const std::string hyphen = " is not a host name: it has a label that begins or ends with a hyphen";
  for (const char* name : {"-a", "a-", "b.-a", "a-.b", "-"}) {
    CAPTURE(name);
    CHECK(why_not_a_host_name(name) == "\"" + std::string(name) + "\"" + hyphen);
  }
  const std::string characters = " is none of letters, digits, hyphen and dot";
  CHECK(why_not_a_host_name("a b") == "\"a b\" is not a host name: \" \"" + characters);
  CHECK(why_not_a_host_name("example.org:80") == "\"example.org:80\" is not a host name: \":\"" + characters);
  CHECK(why_not_a_host_name("http://x") == "\"http://x\" is not a host name: \":\"" + characters);
  CHECK(why_not_a_host_name("*.example.org") == "\"*.example.org\" is not a host name: \"*\"" + characters);
  CHECK(why_not_a_host_name(std::string("a\0b", 3)) == "\"a?b\" is not a host name: \"?\"" + characters);
  CHECK(why_not_a_host_name("b\xc3\xbc"
                            "cher.example") ==
        "a host name is written in ASCII: international names in their form with \"xn--\"");
}

TEST_CASE("a number at the end makes an address of it, not a name") {
  for (const char* name :
       {"1", "192.0.2.1", "192.0.2.1.", "192.0.2.256", "010.1", "a.1", "0x7f000001", "a.0x", "1.0XfF"}) {
    CAPTURE(name);
    CHECK(why_not_a_host_name(name) == "\"" + std::string(name) + "\" is not a host name: its last label is a number");
    CHECK_FALSE(is_host_name(name));
  }
}

TEST_CASE("names are compared in lower case and without the last dot") {
  CHECK(canonical_name("WWW.Example.ORG.") == "www.example.org");
  CHECK(canonical_name("www.example.org") == "www.example.org");
  CHECK(canonical_name("A_z-09") == "a_z-09");
}

}  // namespace
}  // namespace blipd

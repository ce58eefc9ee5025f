#include "tests/lab/http_text.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace blipd::lab {
namespace {

bool read(RequestReader& reader, const std::string& text) {
  return reader.read(std::vector<std::uint8_t>(text.begin(), text.end()));
}

TEST_CASE("the header ends with its empty line, wherever the segments are cut") {
  const std::string request = "GET / HTTP/1.1\r\nHost: \r\r\n\r\n";
  for (std::size_t cut = 0; cut <= request.size(); ++cut) {
    INFO(cut);
    RequestReader reader;
    CHECK(read(reader, request.substr(0, cut)) == (cut == request.size()));
    CHECK(read(reader, request.substr(cut)));
    CHECK(read(reader, "and a body"));
  }
  RequestReader reader;
  for (const char c : request.substr(0, request.size() - 1)) CHECK_FALSE(read(reader, std::string(1, c)));
  CHECK(read(reader, "\n"));
}

TEST_CASE("HEAD is told from other methods") {
  RequestReader head;
  RequestReader header;
  RequestReader brief;
  read(head, "HEAD / HTTP/1.1\r\n");
  read(header, "HEADER / HTTP/1.1\r\n");
  read(brief, "HEAD");
  CHECK(head.head());
  CHECK_FALSE(header.head());
  CHECK_FALSE(brief.head());
}

TEST_CASE("a response has its length and closes, unless the scenario says otherwise") {
  HttpBehaviour site;
  site.body = "hello\n";
  site.headers = {{"Server", "lab"}, {"content-length", "9"}};
  CHECK(response_text(site, 200, false) ==
        "HTTP/1.1 200 \r\nServer: lab\r\ncontent-length: 9\r\nConnection: close\r\n\r\nhello\n");
  site.headers.clear();
  CHECK(response_text(site, 503, false) == "HTTP/1.1 503 \r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n");
  CHECK(response_text(site, 200, true) == "HTTP/1.1 200 \r\nContent-Length: 6\r\nConnection: close\r\n\r\n");
  CHECK(response_text(site, 304, false) == "HTTP/1.1 304 \r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace blipd::lab

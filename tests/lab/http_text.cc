#include "tests/lab/http_text.h"

#include <algorithm>
#include <string_view>

namespace blipd::lab {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";
constexpr std::string_view kHead = "HEAD ";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void add_field(std::string& text, const HttpBehaviour& site, std::string_view name, const std::string& value) {
  const auto given = [name](const auto& field) { return same_name(field.first, name); };
  if (std::any_of(site.headers.begin(), site.headers.end(), given)) return;
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool RequestReader::read(std::span<const std::uint8_t> bytes) {
  if (!begun_ && !bytes.empty()) {
    begun_ = true;
    head_ = bytes.size() >= kHead.size() && std::equal(kHead.begin(), kHead.end(), bytes.begin());
  }
  for (const std::uint8_t byte : bytes) {
    if (matched_ == kEnd.size()) break;
    const auto c = static_cast<char>(byte);
    if (c == kEnd[matched_]) {
      ++matched_;
    } else {
      matched_ = c == kEnd[0] ? 1 : 0;
    }
  }
  return matched_ == kEnd.size();
}

std::string response_text(const HttpBehaviour& site, unsigned status, bool head) {
  // RFC 9110 section 6.4.1: these end with their header.
  const bool bare = status == 204 || status == 304;
  std::string text = "HTTP/1.1 " + std::to_string(status) + " \r\n";
  for (const auto& [name, value] : site.headers) text.append(name).append(": ").append(value).append("\r\n");
  if (!bare) add_field(text, site, "Content-Length", std::to_string(site.body.size()));
  add_field(text, site, "Connection", "close");
  text += "\r\n";
  if (!bare && !head) text += site.body;
  return text;
}

}  // namespace blipd::lab

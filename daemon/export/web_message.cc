#include "daemon/export/web_message.h"

#include <time.h>

#include <array>
#include <chrono>
#include <cstdio>

namespace blipd {

namespace {

// IMF-fixdate (RFC 9110 section 5.6.7). Names of days and months are written out here because strftime would take them
// from the locale.
std::string http_date(WallTime now) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = std::chrono::system_clock::to_time_t(now);
  tm f{};
  gmtime_r(&seconds, &f);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays.at(static_cast<std::size_t>(f.tm_wday)), f.tm_mday,
                kMonths.at(static_cast<std::size_t>(f.tm_mon)), f.tm_year + 1900, f.tm_hour, f.tm_min, f.tm_sec);
  return text.data();
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

WebResponse plain_response(unsigned status, std::string_view sentence) {
  return {status,
          {{"Content-Type", "text/plain; charset=utf-8"}},
          std::make_shared<const std::string>(std::string(sentence) + '\n')};
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

namespace {

std::string head_of(const WebResponse& response, WallTime now) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  append_field(out, "Date", http_date(now));
  for (const auto& [name, value] : response.fields) append_field(out, name, value);
  append_field(out, "X-Content-Type-Options", "nosniff");
  append_field(out, "Cache-Control", "no-store");
  return out;
}

}  // namespace

std::string response_head(const WebResponse& response, const Connection& connection, WallTime now) {
  std::string out = head_of(response, now);
  append_field(out, "Content-Length", std::to_string(response.body->size()));
  if (!connection.keep_alive) {
    append_field(out, "Connection", "close");
  } else if (connection.http_1_0) {
    append_field(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return out;
}

std::string stream_head(const WebResponse& response, WallTime now) {
  std::string out = head_of(response, now);
  append_field(out, "Connection", "close");
  out += "\r\n";
  return out;
}

}  // namespace blipd

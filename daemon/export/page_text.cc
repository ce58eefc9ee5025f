#include "daemon/export/page_text.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "daemon/export/utf8.h"

namespace blipd {

namespace {

// `format` has room for its result in 64 characters.
template <class... Values>
std::string print(const char* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

tm utc_fields(WallTime t) {
  const time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(t));
  tm fields{};
  gmtime_r(&seconds, &fields);
  return fields;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string format_rfc3339(WallTime t) {
  const tm f = utc_fields(t);
  const auto since_epoch = t.time_since_epoch();
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(since_epoch) -
                      std::chrono::floor<std::chrono::seconds>(since_epoch);
  return print("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", f.tm_year + 1900, f.tm_mon + 1, f.tm_mday, f.tm_hour, f.tm_min,
               f.tm_sec, static_cast<int>(millis.count()));
}

std::string format_utc(WallTime t) {
  const tm f = utc_fields(t);
  return print("%04d-%02d-%02d %02d:%02d:%02d UTC", f.tm_year + 1900, f.tm_mon + 1, f.tm_mday, f.tm_hour, f.tm_min,
               f.tm_sec);
}

std::string format_span(Duration d) {
  const std::int64_t seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(d).count());
  const long long days = seconds / 86400;
  const long long hours = seconds / 3600 % 24;
  const long long minutes = seconds / 60 % 60;
  if (days > 0) return print("%lld d %lld h", days, hours);
  if (hours > 0) return print("%lld h %lld min", hours, minutes);
  if (minutes > 0) return print("%lld min %lld s", minutes, static_cast<long long>(seconds % 60));
  return print("%lld s", static_cast<long long>(seconds));
}

std::string format_ratio(const WindowRatio& window) {
  if (window.probes == 0) return "no probes";
  double percent = 100.0 * window.ratio;
  if (window.replies < window.probes) percent = std::min(percent, 99.9);
  if (window.replies > 0) percent = std::max(percent, 0.1);
  return print("%.1f %% (%.1f-%.1f, n=%llu)", percent, 100.0 * window.lower, 100.0 * window.upper,
               static_cast<unsigned long long>(window.probes));
}

std::string format_rtt(double seconds) {
  if (seconds >= 1) return print("%.2f s", seconds);
  if (seconds >= 0.01) return print("%.1f ms", seconds * 1e3);
  return print("%.2f ms", seconds * 1e3);
}

}  // namespace blipd

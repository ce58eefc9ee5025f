// One line of the log as text. Pure: no clock, no file.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace blipd {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
std::string_view to_string(LogLevel level);

enum class LogFormat : std::uint8_t {
  logfmt,    ///< time=2026-11-23T19:00:00.123Z level=info msg="..." key=value
  json,      ///< {"time":"...","level":"info","msg":"...","key":"value"}
  journald,  ///< <6>level=info msg="..." key=value: priority as in sd-daemon(3); the journal stamps the time
};

/// A key (lower case, digits and underscores) and a value: text, or a number that JSON writes without quotes.
class LogField {
 public:
  LogField(std::string_view key, std::string_view text) : key_(key), text_(text) {}
  LogField(std::string_view key, const char* text) : key_(key), text_(text) {}
  template <std::integral T>
  LogField(std::string_view key, T value) : key_(key), text_(std::to_string(value)), number_(true) {}
  LogField(std::string_view key, bool value) : key_(key), text_(value ? "true" : "false"), number_(true) {}
  /// Four significant digits. NaN and infinities are text, because JSON has no numbers for them.
  LogField(std::string_view key, double value);

  const std::string& key() const { return key_; }
  const std::string& text() const { return text_; }
  bool is_number() const { return number_; }

 private:
  std::string key_;
  std::string text_;
  bool number_ = false;
};

/// The line without its end. Whatever the values hold, it is one line of valid UTF-8: control characters are escaped
/// and bytes that are not UTF-8 become U+FFFD.
std::string render_log_line(LogFormat format, WallTime time, LogLevel level, std::string_view message,
                            std::span<const LogField> fields);

/// RFC 3339 in UTC with milliseconds: 2026-11-23T19:00:00.123Z.
std::string format_log_time(WallTime time);

}  // namespace blipd

#include "daemon/service/log_line.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace blipd {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629 section 4), 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned least = 0x80;
  unsigned most = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) least = 0xA0;
    if (lead == 0xED) most = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) least = 0x90;
    if (lead == 0xF4) most = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length || byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

/// The escapes that JSON and logfmt share (RFC 8259 section 7).
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += kReplacement;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text.front();
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || c == 0x7F) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_length(text);
    if (length == 0 || c <= 0x20 || c == 0x7F || c == '"' || c == '=' || c == '\\') return true;
    text.remove_prefix(length);
  }
  return false;
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty() && out.back() != '>') out += ' ';
  out += key;
  out += '=';
  if (needs_quotes(value)) {
    append_quoted(out, value);
  } else {
    out += value;
  }
}

void append_json(std::string& out, std::string_view key, std::string_view value, bool number) {
  out += out.empty() ? '{' : ',';
  append_quoted(out, key);
  out += ':';
  if (number) {
    out += value;
  } else {
    append_quoted(out, value);
  }
}

/// syslog(3) priorities, as sd-daemon(3) prefixes.
std::string_view journal_prefix(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "<7>";
    case LogLevel::info:
      return "<6>";
    case LogLevel::warn:
      return "<4>";
    case LogLevel::error:
      return "<3>";
  }
  return "<3>";
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

LogField::LogField(std::string_view key, double value) : key_(key), number_(std::isfinite(value)) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  text_ = text.data();
}

std::string format_log_time(WallTime time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>((milliseconds - ((milliseconds % 1000) + 1000) % 1000) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 24> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03uZ",
                static_cast<unsigned>(((milliseconds % 1000) + 1000) % 1000));
  return std::string(date.data()) + fraction.data();
}

std::string render_log_line(LogFormat format, WallTime time, LogLevel level, std::string_view message,
                            std::span<const LogField> fields) {
  std::string line;
  if (format == LogFormat::json) {
    append_json(line, "time", format_log_time(time), false);
    append_json(line, "level", to_string(level), false);
    append_json(line, "msg", message, false);
    for (const LogField& field : fields) append_json(line, field.key(), field.text(), field.is_number());
    line += '}';
    return line;
  }
  if (format == LogFormat::journald) {
    line += journal_prefix(level);
  } else {
    append_logfmt(line, "time", format_log_time(time));
  }
  append_logfmt(line, "level", to_string(level));
  append_logfmt(line, "msg", message);
  for (const LogField& field : fields) append_logfmt(line, field.key(), field.text());
  return line;
}

}  // namespace blipd

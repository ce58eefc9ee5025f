#include "daemon/export/text_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "daemon/export/utf8.h"

namespace blipd {

namespace {

template <class... Arguments>
void append_digits(std::string& out, Arguments... arguments) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), arguments...).ptr;
  out.append(digits.data(), end);
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (std::abs(value) < 1) {
    // As Go writes it: a bucket's bound is "0.0001" in every other exporter, and not the shorter "1e-04".
    append_digits(out, value, std::chars_format::general);
  } else {
    append_digits(out, value);
  }
}

std::string_view kind_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return "counter";
    case MetricKind::gauge:
      return "gauge";
    case MetricKind::histogram:
      return "histogram";
    case MetricKind::summary:
      return "summary";
  }
  return "untyped";
}

// The C locale's classes: label names are ASCII whatever the locale of the process is.
bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string label_text(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "=\"";
  for (const char c : valid_utf8(value)) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  out += '"';
  return out;
}

bool is_label_name(std::string_view name) {
  if (name.empty() || name.starts_with("__") || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), is_label_char);
}

void TextFormat::family(const MetricName& metric) {
  out_ += "# HELP ";
  out_ += metric.name;
  out_ += ' ';
  out_ += metric.help;
  out_ += "\n# TYPE ";
  out_ += metric.name;
  out_ += ' ';
  out_ += kind_name(metric.kind);
  out_ += '\n';
}

void TextFormat::series(std::string_view name, std::string_view labels, std::string_view more) {
  out_ += name;
  if (labels.empty() && more.empty()) {
    out_ += ' ';
    return;
  }
  out_ += '{';
  out_ += labels;
  if (!more.empty()) {
    if (!labels.empty()) out_ += ',';
    out_ += more;
  }
  out_ += "} ";
}

void TextFormat::sample(std::string_view name, std::string_view labels, std::string_view more, std::uint64_t value) {
  series(name, labels, more);
  append_digits(out_, value);
  out_ += '\n';
}

void TextFormat::sample(std::string_view name, std::string_view labels, std::string_view more, double value) {
  series(name, labels, more);
  append_number(out_, value);
  out_ += '\n';
}

std::string number_text(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

}  // namespace blipd

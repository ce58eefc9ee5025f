// Writing of the Prometheus text format 0.0.4 into one string, for the series there are many of. Label text is escaped
// once per network and written many times; numbers go through std::to_chars.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/export/metric_names.h"

namespace blipd {

/// `name="value"` with backslash, double quote and newline of the value escaped and bad UTF-8 replaced. `name` is
/// written as it stands.
std::string label_text(std::string_view name, std::string_view value);

/// Whether Prometheus takes `name` for a label: [a-zA-Z_][a-zA-Z0-9_]*, not beginning with two underscores.
bool is_label_name(std::string_view name);

/// Appends families and samples to a string. Not thread-safe.
class TextFormat {
 public:
  /// `out` outlives the writer.
  explicit TextFormat(std::string& out) : out_(out) {}

  /// The HELP and TYPE lines. Write all samples of the family right after.
  void family(const MetricName& metric);
  /// One line. `labels` and `more` are label text without braces; either may be empty.
  void sample(std::string_view name, std::string_view labels, std::string_view more, std::uint64_t value);
  /// The shortest text that reads back as `value`; NaN, +Inf and -Inf as Prometheus spells them.
  void sample(std::string_view name, std::string_view labels, std::string_view more, double value);

 private:
  void series(std::string_view name, std::string_view labels, std::string_view more);
  std::string& out_;
};

/// The text of a number as `TextFormat::sample` writes it.
std::string number_text(double value);

}  // namespace blipd

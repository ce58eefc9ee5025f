// A log whose lines a test reads.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/service/logging.h"

namespace blipd::test {

/// Keeps "level: message key=text ..." of each line.
class FakeLog final : public Log {
 public:
  void write(LogLevel level, std::string_view message, std::span<const LogField> fields) override {
    std::string text = std::string(to_string(level)) + ": " + std::string(message);
    for (const LogField& field : fields) text += " " + field.key() + "=" + field.text();
    lines.push_back(text);
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};

}  // namespace blipd::test

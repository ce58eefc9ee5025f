// The log: lines on stderr, in one of three formats. spdlog is included only in the source file.
//
// A line may block on a slow pipe. So the probing thread never logs: what it has to say travels in the snapshot, and
// the control thread writes it down (daemon/service/state_log.h).
#pragma once

#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>

#include "daemon/service/log_line.h"

namespace blipd {

class Log {
 public:
  virtual ~Log() = default;
  /// Writes one line. Any thread but the probing thread. Repeated lines of one kind, that is the same message about the
  /// same thing (its first field), are limited (daemon/service/log_limit.h): one network's noise hides no other's.
  virtual void write(LogLevel level, std::string_view message, std::span<const LogField> fields) = 0;

  void line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(level, message, std::span<const LogField>(fields.begin(), fields.size()));
  }
};

/// A log of the lines at `least` and above. `out` outlives it; each line is flushed.
std::unique_ptr<Log> open_log(LogLevel least, LogFormat format, std::ostream& out);

}  // namespace blipd

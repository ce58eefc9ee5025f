#include "daemon/service/logging.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>

#include "daemon/service/log_limit.h"
#include "probes/clock.h"

namespace blipd {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// spdlog filters, locks and writes; the line itself is ours, so that every format quotes alike.
class SpdlogLog final : public Log {
 public:
  SpdlogLog(LogLevel least, LogFormat format, std::ostream& out)
      : format_(format), logger_("blipd", std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true)) {
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    logger_.set_level(spdlog_level(least));
  }

  void write(LogLevel level, std::string_view message, std::span<const LogField> fields) override {
    if (!logger_.should_log(spdlog_level(level))) return;
    std::string kind(message);
    if (!fields.empty()) kind += " " + fields.front().key() + "=" + fields.front().text();
    const std::lock_guard lock(mutex_);
    const Instant now = BootClock::now();
    for (const LogLimit::LeftOut& left_out : limit_.end_period(now)) {
      const LogField about[] = {{"lines", left_out.lines}, {"like", left_out.kind}};
      put(LogLevel::warn, "lines of one kind were left out", about);
    }
    if (limit_.admit(kind, now)) put(level, message, fields);
  }

 private:
  void put(LogLevel level, std::string_view message, std::span<const LogField> fields) {
    const std::string line = render_log_line(format_, std::chrono::system_clock::now(), level, message, fields);
    // As a view: a line is text, never a format string.
    logger_.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
  }

  const LogFormat format_;
  spdlog::logger logger_;
  std::mutex mutex_;
  LogLimit limit_;
};

}  // namespace

std::unique_ptr<Log> open_log(LogLevel least, LogFormat format, std::ostream& out) {
  return std::make_unique<SpdlogLog>(least, format, out);
}

}  // namespace blipd

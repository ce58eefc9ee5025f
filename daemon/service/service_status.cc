#include "daemon/service/service_status.h"

namespace blipd {
namespace {

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "; ";
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace

void ServiceStatus::tell(std::string status) {
  status_ = "STATUS=" + one_line(status);
  send_(status_);
}

void ServiceStatus::ready() {
  if (ready_) return;
  ready_ = true;
  send_(status_.empty() ? "READY=1" : "READY=1\n" + status_);
}

void ServiceStatus::reloading(std::int64_t monotonic_microseconds) {
  if (!ready_) return;
  send_("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds));
}

void ServiceStatus::reloaded(std::string status) {
  status_ = "STATUS=" + one_line(status);
  send_(ready_ ? "READY=1\n" + status_ : status_);
}

void ServiceStatus::watchdog() { send_("WATCHDOG=1"); }

void ServiceStatus::stopping() { send_("STOPPING=1\nSTATUS=stopping"); }

}  // namespace blipd

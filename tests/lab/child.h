// The command that the lab runs in its namespace.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "probes/result.h"
#include "tests/lab/listen.h"

namespace blipd::lab {

class Child {
 public:
  /// Starts `command` with the listeners from descriptor 3 on and told by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES
  /// (sd_listen_fds(3)), with no signals blocked. It is killed if the lab dies before it.
  static Result<Child> start(const std::vector<std::string>& command, const std::vector<Listener>& listeners);

  void signal(int number) const;
  /// Exit status if it has ended: its own, or 128 and the number of the signal that killed it, as shells have it.
  std::optional<int> ended();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  pid_t pid_;
};

}  // namespace blipd::lab

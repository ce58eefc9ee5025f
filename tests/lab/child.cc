#include "tests/lab/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace blipd::lab {
namespace {

constexpr int kFirstPassed = 3;
constexpr int kCannotRun = 127;

void pass_listeners(const std::vector<Listener>& listeners) {
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDNAMES");
  if (listeners.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    dup2(listeners[i].socket.get(), kFirstPassed + static_cast<int>(i));
    names += i == 0 ? "http" : ":http";
  }
  setenv("LISTEN_FDS", std::to_string(listeners.size()).c_str(), 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  setenv("LISTEN_FDNAMES", names.c_str(), 1);
}

[[noreturn]] void become(const std::vector<std::string>& command, const std::vector<Listener>& listeners, pid_t lab) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != lab) _exit(kCannotRun);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  pass_listeners(listeners);
  std::vector<std::string> copies = command;
  std::vector<char*> arguments;
  for (std::string& argument : copies) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  std::fprintf(stderr, "blipd-lab: %s: %s\n", command.front().c_str(), describe_errno(errno).c_str());
  _exit(kCannotRun);
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command, const std::vector<Listener>& listeners) {
  const pid_t lab = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Error{"a process cannot be started: " + describe_errno(errno)};
  if (pid == 0) become(command, listeners, lab);
  return Child(pid);
}

void Child::signal(int number) const { kill(pid_, number); }

std::optional<int> Child::ended() {
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace blipd::lab

#include "daemon/service/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "daemon/service/service_status.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

/// A service manager: a datagram socket bound to a path, or to an abstract name if `name` begins with '@'.
class FakeManager {
 public:
  explicit FakeManager(std::string name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (name.front() == '@') name.front() = '\0';
    std::memcpy(at.sun_path, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), length) == 0);
  }

  /// The next message, or "nothing".
  std::string next() {
    std::array<char, 512> text{};
    const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), 0);
    return size < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  Descriptor socket_;
};

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "blipd-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

TEST_CASE("messages reach a socket with a path") {
  const TemporaryDirectory directory;
  FakeManager manager(directory.path + "/notify");
  const ServiceManagerSocket socket(directory.path + "/notify");
  CHECK(socket.send("READY=1\nSTATUS=probing"));
  CHECK(socket.send("WATCHDOG=1"));
  CHECK(manager.next() == "READY=1\nSTATUS=probing");
  CHECK(manager.next() == "WATCHDOG=1");
  CHECK(manager.next() == "nothing");
}

TEST_CASE("messages reach an abstract socket") {
  const std::string name = "@blipd-test-" + std::to_string(::getpid());
  FakeManager manager(name);
  CHECK(ServiceManagerSocket(name).send("READY=1"));
  CHECK(manager.next() == "READY=1");
}

TEST_CASE("without a service manager messages are lost and nothing happens") {
  const TemporaryDirectory directory;
  for (const std::string& address : {std::string(), std::string("relative"), std::string("/"), std::string("@"),
                                     "/" + std::string(200, 'x'), directory.path + "/nobody"}) {
    INFO(address);
    CHECK_FALSE(ServiceManagerSocket(address).send("READY=1"));
  }
}

TEST_CASE("a watchdog is ours only if its numbers say so") {
  struct Row {
    std::map<std::string, std::string> environment;
    Duration timeout;
  };
  using std::chrono::seconds;
  for (const Row& row : std::vector<Row>{
           {{}, seconds(0)},
           {{{"WATCHDOG_USEC", "30000000"}}, seconds(30)},
           {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "77"}}, seconds(30)},
           {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "78"}}, seconds(0)},
           {{{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "x"}}, seconds(0)},
           {{{"WATCHDOG_USEC", "0"}}, seconds(0)},
           {{{"WATCHDOG_USEC", "-5"}}, seconds(0)},
           {{{"WATCHDOG_USEC", "30s"}}, seconds(0)},
           {{{"WATCHDOG_USEC", ""}}, seconds(0)},
           {{{"WATCHDOG_USEC", "9223372036854775807"}}, seconds(0)},
           {{{"WATCHDOG_USEC", "99999999999999999999"}}, seconds(0)},
       }) {
    const ReadEnvironment read = [&](const char* name) {
      const auto found = row.environment.find(name);
      return found == row.environment.end() ? nullptr : found->second.c_str();
    };
    CHECK(watchdog_timeout(read, 77) == row.timeout);
  }
}

TEST_CASE("the life of a service is told in order") {
  std::vector<std::string> sent;
  ServiceStatus status([&](const std::string& message) { sent.push_back(message); });

  SECTION("ready once, with the status so far") {
    status.tell("probing 3 targets in 1 networks");
    status.ready();
    status.ready();
    CHECK(status.is_ready());
    CHECK(sent == std::vector<std::string>{"STATUS=probing 3 targets in 1 networks",
                                           "READY=1\nSTATUS=probing 3 targets in 1 networks"});
  }
  SECTION("a reload before readiness does not announce readiness") {
    status.reloading(5);
    status.reloaded("reload failed");
    CHECK_FALSE(status.is_ready());
    status.ready();
    CHECK(sent == std::vector<std::string>{"STATUS=reload failed", "READY=1\nSTATUS=reload failed"});
  }
  SECTION("a reload, good or bad, ends with READY and one line of status") {
    status.ready();
    status.reloading(123456);
    status.reloaded("reload failed: a.yaml:3:1: x\na.yaml:4:1: y");
    CHECK(sent == std::vector<std::string>{"READY=1", "RELOADING=1\nMONOTONIC_USEC=123456",
                                           "READY=1\nSTATUS=reload failed: a.yaml:3:1: x; a.yaml:4:1: y"});
  }
  SECTION("watchdog and stop") {
    status.watchdog();
    status.stopping();
    CHECK(sent == std::vector<std::string>{"WATCHDOG=1", "STOPPING=1\nSTATUS=stopping"});
  }
}

}  // namespace
}  // namespace blipd

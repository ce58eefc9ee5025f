// Listening sockets that the lab opens outside its namespace and hands to the command.
#pragma once

#include <string>
#include <vector>

#include "probes/result.h"
#include "tests/lab/descriptor.h"

namespace blipd::lab {

struct Listener {
  Descriptor socket;     ///< close-on-exec, numbered above the descriptors that the command is given
  std::string endpoint;  ///< "127.0.0.1:12214", "[::]:12214", with the port in use
};

/// "127.0.0.1:0", "[::1]:9000", or ":12214" for both families (IPv4 alone where there is no IPv6).
Result<Listener> open_listener(const std::string& address);

}  // namespace blipd::lab

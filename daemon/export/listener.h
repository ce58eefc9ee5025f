// Listening sockets: opened from the text of an address, or taken over from systemd.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/result.h"

namespace blipd {

/// A listening stream socket, non-blocking and close-on-exec. Whoever holds it closes it.
struct Listener {
  int descriptor = -1;
  int family = 0;
  std::string endpoint;  ///< "127.0.0.1:12214", "[::]:12214", "unix:/run/blipd.sock"
};

/// Listens on "ADDRESS:PORT", "[IPV6]:PORT" or ":PORT" (both families through one socket; IPv4 alone where the kernel
/// has no IPv6). "localhost" is 127.0.0.1; other names are refused, because a daemon's start must not wait for DNS.
/// Port 0: the kernel's choice. The error reads "listen on :12214: Address already in use".
Result<Listener> listen_on(std::string_view address);

/// Takes over a descriptor that listens already, whatever its family.
Result<Listener> adopt_listener(int descriptor);

}  // namespace blipd

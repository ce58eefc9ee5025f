// Words for ICMP errors, as people know them from ping.
#pragma once

#include <string>

#include "probes/prober.h"

namespace blipd {

/// "host unreachable" for type 3 code 1 of ICMP (RFC 792, RFC 1812 section 5.2.7), or its like of ICMPv6 (RFC 4443)
/// where not `v4`. What has no name is "ICMP type 3 code 99".
std::string describe_icmp_error(IcmpErrorCode error, bool v4);

}  // namespace blipd

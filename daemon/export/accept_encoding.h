// Content negotiation (RFC 9110 section 12.5.3), as far as blipd needs it.
#pragma once

#include <string_view>

namespace blipd {

/// Whether an Accept-Encoding field allows gzip: named with a weight above 0, or covered by `*` and not named. A field
/// that is absent (empty) does not; a malformed weight counts as 0.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace blipd

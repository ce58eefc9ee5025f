// What this build is.
#pragma once

#include <string>
#include <string_view>

namespace blipd {

/// "0.1.0"
std::string_view version();
/// "blipd 0.1.0 (GNU 12.2.0, RelWithDebInfo)"
std::string version_line();

}  // namespace blipd

#include "daemon/service/version.h"

namespace blipd {

std::string_view version() { return BLIPD_VERSION; }

std::string version_line() { return "blipd " + std::string(version()) + " (" BLIPD_COMPILER ", " BLIPD_BUILD_TYPE ")"; }

}  // namespace blipd

#include "daemon/config/config.h"

#include <algorithm>

namespace blipd {

const ModuleConfig* Config::find_module(std::string_view name) const {
  const auto found =
      std::find_if(modules.begin(), modules.end(), [name](const ModuleConfig& module) { return module.name == name; });
  return found == modules.end() ? nullptr : &*found;
}

}  // namespace blipd

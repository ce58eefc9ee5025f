// How much a configuration asks for, in a sentence.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/config/config.h"

namespace blipd {

struct Load {
  std::size_t networks = 0;
  std::size_t targets = 0;
  double probes_per_second = 0;
  std::size_t open_files = 0;  ///< that may be needed at once

  /// "probing 3 targets in 1 network"
  std::string sentence() const;
};

Load load_of(const Config& config);

}  // namespace blipd

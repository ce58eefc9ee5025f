// A file's text, of files that are written by hand.
#pragma once

#include <cstddef>
#include <string>

#include "probes/result.h"

namespace blipd {

/// Reads until the end instead of asking for the size, so that a pipe (`<(...)`) will do. More than `largest` bytes are
/// an error.
Result<std::string> read_whole_file(const std::string& path, std::size_t largest);

}  // namespace blipd

// One GET of a daemon's API. libcurl is included only in the source file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "probes/result.h"

namespace blipd {

/// The body of `base` + `path` with these parameters, if the answer is 200. `base` is a URL ("http://localhost:12214";
/// a path at its end stays). Ends within 30 seconds. The error is one line that names the URL: that nobody answers, or
/// what the daemon has to say. One thread; call it before any other thread uses libcurl for the first time.
Result<std::string> http_get(const std::string& base, const std::string& path,
                             const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace blipd

// The body of /api/v1/networks/NAME/hosts, and its parameters.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/store/target_list.h"
#include "probes/result.h"

namespace blipd {

std::string render_hosts_json(std::string_view network, const TargetRange& range, const TargetList& list);

/// The range that the decoded parameters ask for. The error is a sentence for the client.
Result<TargetRange> parse_target_range(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace blipd

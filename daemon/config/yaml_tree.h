// YAML text -> values with their places. yaml-cpp is used as an event source only, because its node tree hides what a
// strict decoder must see: repeated keys, further documents, merge keys, and how large an alias makes a file.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "daemon/config/text.h"
#include "probes/option_reader.h"

namespace blipd {

/// Values in one file, each alias counted with all it stands for.
inline constexpr std::size_t kMostValues = 1'000'000;
/// Nesting of mappings and lists.
inline constexpr std::size_t kDeepestNesting = 32;

/// Reads one document. Repeated keys, merge keys, tags and failed `${NAME}` expansions become problems and reading goes
/// on. After a syntax error, a second document, bytes that are not UTF-8 or a bomb the result is nullopt, with a
/// problem; so it is after a failed expansion, because what the value would have been cannot be judged. An entry
/// without a value stands at its key.
std::optional<OptionValue> read_yaml(std::string_view text, const Environment& environment,
                                     std::vector<Problem>& problems);

}  // namespace blipd

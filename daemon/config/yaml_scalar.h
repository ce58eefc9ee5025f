// How a scalar is written in YAML.
#pragma once

#include <string>
#include <string_view>

namespace blipd {

/// As it is, if it means itself without quotes wherever it stands and `quoted` does not ask for them; else in double
/// quotes, with escapes. Good for keys and values, in block and in flow style.
std::string yaml_scalar(std::string_view text, bool quoted);

}  // namespace blipd

// Values -> YAML text, for people to read and for read_yaml (daemon/config/yaml_tree.h) to read back.
#pragma once

#include <string>

#include "probes/option_reader.h"

namespace blipd {

/// `root` is a mapping. Its entries, and what they hold, stand on lines of their own; deeper values stand in one line.
/// Reading the text gives the same values: what `quoted` says is kept, except that text which cannot be written without
/// quotes is read back as quoted. A `$` is written so that it stays one.
std::string write_yaml(const OptionValue& root);

}  // namespace blipd

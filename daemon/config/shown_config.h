// The configuration as it may be shown to whoever reads /config.
#pragma once

#include <string>

#include "probes/option_reader.h"

namespace blipd {

/// YAML with the same keys and values, but that `<secret>` stands for what may be one: passwords, bearer tokens, the
/// values of headers, bodies, and user and password inside a URL. Comments are gone. Pass values whose `${NAME}` were
/// not replaced: what comes from the environment is not for showing.
std::string show_config(const OptionValue& root);

}  // namespace blipd

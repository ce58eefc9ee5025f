// Lists of addresses and prefixes, as text files of a million lines and as YAML lists of a few.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/address_set.h"
#include "probes/option_reader.h"

namespace blipd {

/// Reads a file of one address, name or prefix a line into `list`. `#` starts a comment; spaces, tabs, carriage returns
/// and empty lines are skipped. Each problem names its place in `name` and is ordered at `place`, where the
/// configuration names the file; reading ends after 20 of them.
void read_host_list(std::string_view text, const std::string& name, SourcePlace place, HostList& list,
                    std::vector<Problem>& problems);

/// Adds a host name if `list` takes names; else, or if it is none, tells why not.
std::string take_name(std::string_view word, HostList& list);

/// Why `word` is no address: it is a prefix, a name, or misspelt.
std::string why_not_an_address(std::string_view word);
/// Why `word` is no prefix: host bits are set, no length, or misspelt.
std::string why_not_a_prefix(std::string_view word);

}  // namespace blipd

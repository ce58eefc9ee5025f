// Keys under which state is kept: the same in every process and every version, whatever the order of the file.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace blipd {

/// SipHash-2-4 of the words, each with its length, under a fixed key. `{"ab", "c"}` and `{"a", "bc"}` differ. Two of a
/// million different names are the same with a probability of 3e-8.
std::int64_t stable_key(std::initializer_list<std::string_view> words);

// Of what is kept of a network's hosts, and of their windows.
inline std::int64_t hosts_key(std::string_view network) { return stable_key({network}); }
inline std::int64_t host_windows_key(std::string_view network) { return stable_key({network, "windows", "of hosts"}); }

}  // namespace blipd

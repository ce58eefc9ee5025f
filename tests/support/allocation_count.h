// How often this program has asked for memory. Linking allocation_count.cc replaces the global operator new.
#pragma once

#include <cstdint>

namespace blipd::test {

/// Calls of operator new in any form, by all threads, since the start.
std::uint64_t allocations();

}  // namespace blipd::test

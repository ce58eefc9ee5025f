// How often this program has asked for memory; and a way to refuse it. Linking allocation_count.cc replaces the global
// operator new.
#pragma once

#include <cstdint>

namespace blipd::test {

/// Calls of operator new in any form, by all threads, since the start.
std::uint64_t allocations();

/// Those of this thread may be refused from now on, whatever they are asked by.
void may_be_refused();
/// Of the threads that may be refused, the next allocation after `granted` more and all later ones are. Negative: none.
void refuse_after(std::int64_t granted);

}  // namespace blipd::test

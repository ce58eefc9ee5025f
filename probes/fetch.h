// Asks the processor for memory that will be needed soon.
#pragma once

#include <cstddef>
#include <optional>

namespace blipd {

inline constexpr std::size_t kCacheLine = 64;

/// The lines that hold the first `size` bytes of `object`, which may be anything: nothing is read.
template <class T>
void fetch(const T* object, std::size_t size = sizeof(T)) {
  const char* const first = reinterpret_cast<const char*>(object);
  for (std::size_t at = 0; at < size; at += kCacheLine) __builtin_prefetch(first + at, 1);
  __builtin_prefetch(first + size - 1, 1);
}

/// Where libstdc++ keeps whether there is a value; where that is elsewhere nothing is gained.
template <class T>
void fetch_presence(const std::optional<T>& object) {
  __builtin_prefetch(reinterpret_cast<const char*>(&object) + sizeof(T), 1);
}

}  // namespace blipd

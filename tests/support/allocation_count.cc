#include "tests/support/allocation_count.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};
constexpr std::int64_t kNone = -1;
std::atomic<std::int64_t> granted{kNone};
thread_local bool refusable = false;

bool refuses() noexcept {
  if (!refusable) return false;
  std::int64_t left = granted;
  while (left > 0 && !granted.compare_exchange_weak(left, left - 1)) {
  }
  return left == 0;
}

void* try_allocate(std::size_t size) noexcept {
  ++count;
  if (refuses()) return nullptr;
  return std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size) {
  if (void* const memory = try_allocate(size)) return memory;
  throw std::bad_alloc();
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  ++count;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* const memory = std::aligned_alloc(step, (size + step - 1) / step * step)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
// Sanitizers have a pair of their own for these, which does not go with what frees them here.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return try_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return try_allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

// Asio asks for the memory of its handlers here.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (refuses()) {
    errno = ENOMEM;
    return nullptr;
  }
  return ::memalign(alignment, size);
}

namespace blipd::test {

std::uint64_t allocations() { return count; }
void may_be_refused() { refusable = true; }
void refuse_after(std::int64_t more) { granted = more < 0 ? kNone : more; }

}  // namespace blipd::test

// Gives memory that is no longer needed back to the system.
//
// A crowd of readers, a reload or a storm takes some megabytes for a moment, and the C library keeps what was freed:
// so the memory of the process would step up whenever chance brings more of them together than ever before.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "probes/clock.h"

namespace blipd {

/// Control thread.
class HeapTrim {
 public:
  static constexpr Duration kInterval = std::chrono::minutes(1);

  struct Ports {
    std::function<std::optional<std::uint64_t>()> resident;  ///< octets of this process
    std::function<void()> trim;
  };

  explicit HeapTrim(Ports ports) : ports_(std::move(ports)) {}
  /// The C library's heap.
  static Ports heap();

  /// As often as one likes; looks once a minute, and trims if the process has grown by more than a fiftieth since it
  /// was smallest. Trimming costs milliseconds, during which other threads wait for memory.
  void look(Instant now);

 private:
  Ports ports_;
  Instant next_{};
  std::uint64_t least_ = 0;
};

}  // namespace blipd

// What is kept of the windows of single hosts, where the configuration asks for them, and the bytes it is kept as. All
// numbers are big-endian.
//
//   version(1) hosts(4), then for each host
//     key of its module's name(8) address(16) key of the name by which it is asked, or 0(8)
//     length of what follows(4) its windows, as in saved_state.h
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/storage/saved_state.h"
#include "probes/address.h"

namespace blipd {

struct SavedHostWindows {
  std::int64_t module = 0;  ///< stable_key of its name
  Address address;
  std::int64_t name = 0;  ///< stable_key of the name by which the host is asked; 0: by its address
  std::vector<SavedWindow> windows;
};

/// Writes the hosts of a network one by one.
class HostWindowsEncoder {
 public:
  HostWindowsEncoder();
  void add(const SavedHostWindows& host);
  bool empty() const { return hosts_ == 0; }
  /// The bytes. Nothing is left.
  std::vector<std::uint8_t> take();

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t hosts_ = 0;
};

/// Any bytes. Nullopt if they are none of ours, cut short, or of a newer version.
std::optional<std::vector<SavedHostWindows>> decode_host_windows(Bytes bytes);

}  // namespace blipd

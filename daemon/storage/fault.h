// What can be wrong with the disk and the file on it. A fault is a value with a kind that metrics and log lines go by.
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "probes/result.h"

namespace blipd {

enum class StorageFault : std::uint8_t {
  missing,    ///< the directory is not there
  read_only,  ///< the directory or the file may not be written
  full,       ///< no room on the disk, in a quota, or below a limit on the size of files
  busy,       ///< somebody else holds the file, a backup for instance
  in_use,     ///< another blipd keeps its state in the directory
  corrupt,    ///< the file is not a sound database of ours
  newer,      ///< the file was written by a newer blipd
  io,         ///< anything else that the system refuses
  dropped,    ///< more waited to be written than memory may hold
};
inline constexpr std::size_t kStorageFaults = 9;
/// The value of the label `reason`.
std::string_view to_string(StorageFault fault);

struct StorageError {
  StorageFault fault = StorageFault::io;
  std::string message;  ///< for people: "database or disk is full"
};
[[noreturn]] void throw_exception_from_error(const StorageError& error, const boost::source_location& where);

template <class T>
class [[nodiscard]] StorageResult : public boost::system::result<T, StorageError> {
 public:
  using boost::system::result<T, StorageError>::result;
};

/// The fault that an errno value speaks of.
StorageFault fault_of_errno(int errno_value);
StorageError error_of_errno(int errno_value);

}  // namespace blipd

#include "daemon/storage/fault.h"

#include <cerrno>

namespace blipd {

std::string_view to_string(StorageFault fault) {
  switch (fault) {
    case StorageFault::missing:
      return "missing";
    case StorageFault::read_only:
      return "read_only";
    case StorageFault::full:
      return "full";
    case StorageFault::busy:
      return "busy";
    case StorageFault::in_use:
      return "in_use";
    case StorageFault::corrupt:
      return "corrupt";
    case StorageFault::newer:
      return "newer";
    case StorageFault::io:
      return "io";
    case StorageFault::dropped:
      return "dropped";
  }
  return "";
}

void throw_exception_from_error(const StorageError& error, const boost::source_location& where) {
  throw_exception_from_error(Error{error.message}, where);
}

StorageFault fault_of_errno(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return StorageFault::missing;
    case EACCES:
    case EPERM:
    case EROFS:
      return StorageFault::read_only;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return StorageFault::full;
    default:
      return StorageFault::io;
  }
}

StorageError error_of_errno(int errno_value) { return {fault_of_errno(errno_value), describe_errno(errno_value)}; }

}  // namespace blipd

#include "probes/result.h"

#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace blipd {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  std::fprintf(stderr, "blipd: internal error at %s:%u: %s\n", where.file_name(), static_cast<unsigned>(where.line()),
               error.message.c_str());
  std::abort();
}

std::string describe_errno(int errno_value) { return std::generic_category().message(errno_value); }

}  // namespace blipd

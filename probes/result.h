// Errors as values. `Result<T>` is what every function returns that can fail for reasons outside the program
// (a file, a socket, a configuration). Nothing throws across a module border: a library's exception is caught in the
// one file that uses the library and becomes an `Error` there.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace blipd {

/// One failure, told in a sentence for people. Callers put context in front: "blipd.yaml:14:3: interval: ...".
struct Error {
  std::string message;
};

/// Needed by boost::system::result for `.value()` on an error; aborts, because asking for a value that is not there is
/// a broken invariant, not an event.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

/// `strerror` of an errno value, thread-safe: "Operation not permitted".
std::string describe_errno(int errno_value);

}  // namespace blipd

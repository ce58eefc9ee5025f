// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace blipd::lab {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }

  /// -1: none.
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace blipd::lab

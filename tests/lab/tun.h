// The TUN device through which the command's packets reach the lab and the lab's answers reach the command.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "probes/result.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/routing.h"

namespace blipd::lab {

class Tun {
 public:
  /// Makes the device in this namespace, with these addresses and routes, MTU `kMtu`, and brings `lo` up.
  static Result<Tun> open(const Routing& routing);

  int descriptor() const { return device_.get(); }
  /// One packet into `buffer`; empty if none waits.
  std::span<const std::uint8_t> read(std::span<std::uint8_t> buffer);
  /// False if the device refused it.
  bool write(std::span<const std::uint8_t> packet);
  /// Packets from the command that the device had no room for, since its making.
  std::uint64_t drops() const;

 private:
  Tun(Descriptor device, std::string name) : device_(std::move(device)), name_(std::move(name)) {}

  Descriptor device_;
  std::string name_;
};

}  // namespace blipd::lab

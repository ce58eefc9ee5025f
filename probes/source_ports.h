// A run of TCP ports that are ours alone, on all addresses of this machine.
//
// A port is reserved by a socket that is bound to it and neither listens nor connects: nobody else is given it, and to
// a segment that arrives there the kernel answers with a reset, which is how a half-open connection is closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "probes/result.h"

namespace blipd {

/// First and last belong to it.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// Holds the ports for its life. Move-only.
class SourcePorts {
 public:
  /// The first of `preferred_port_runs` that is free; if none is, the lowest free run from 1024 on. Where IPv6 exists
  /// the ports are reserved in both families. Raises the soft limit of open files to the hard one if the reservation
  /// needs it. The error is one sentence and names the cure where there is one.
  static Result<SourcePorts> reserve(std::size_t count);
  SourcePorts(SourcePorts&& other) noexcept;
  SourcePorts& operator=(SourcePorts&& other) noexcept;
  SourcePorts(const SourcePorts&) = delete;
  SourcePorts& operator=(const SourcePorts&) = delete;
  ~SourcePorts();

  PortRange range() const { return range_; }

 private:
  SourcePorts(PortRange range, std::vector<int> descriptors);

  PortRange range_;
  std::vector<int> descriptors_;
};

/// Runs of `count` ports in the order they are tried: back to back from 20000 up, then back to back from 1024 up to
/// 19999, without those that touch the ports from which the kernel serves connections (net.ipv4.ip_local_port_range).
/// A fixed order lets a firewall be told the ports beforehand.
std::vector<PortRange> preferred_port_runs(PortRange ephemeral, std::size_t count);

}  // namespace blipd

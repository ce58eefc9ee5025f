// Packets from the kernel: up to 64 by one recvmmsg, each with its receive time on our clock.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "probes/clock_bridge.h"
#include "probes/received_packet.h"
#include "probes/socket_address.h"

namespace blipd {

/// When a pair of sockets has its turn to be read. One that nothing was ever sent from has nothing to hear but what
/// nobody asked for, and looking costs a system call: it is looked at seldom.
class ReceiveTurns {
 public:
  void note_sent() { used_ = true; }
  bool take() { return used_ || ++passed_ % 64 == 1; }

 private:
  bool used_ = false;
  unsigned passed_ = 0;
};

/// All room is inside the object: nothing is allocated. Does not move. Used by one thread.
class ReceiveBatch {
 public:
  static constexpr std::size_t kSize = 64;
  /// Holds the longest thing that is looked at: an ICMP error (IPv4 header of 60 bytes, 8) with a quoted IPv4 header of
  /// 60 and an echo head of 28 bytes. Longer packets are cut.
  static constexpr std::size_t kPacketRoom = 256;

  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  /// Reads what waits, without blocking; returns the number of packets, 0 if none waited or the socket is in error.
  std::size_t read(int descriptor, ClockBridge& bridge);
  /// A packet of the last `read`, valid until the next.
  const ReceivedPacket& packet(std::size_t index) const { return packets_[index]; }
  /// Packets without a usable kernel stamp since construction; their time is that of the reading.
  std::uint64_t unstamped() const { return unstamped_; }

 private:
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, 128> bytes;
  };
  void take(std::size_t index, const ClockBridge& bridge, Instant read_at);

  std::array<mmsghdr, kSize> messages_{};
  std::array<iovec, kSize> parts_{};
  std::array<SocketAddress, kSize> sources_{};
  std::array<Control, kSize> controls_{};
  std::array<std::array<std::uint8_t, kPacketRoom>, kSize> bytes_{};
  std::array<ReceivedPacket, kSize> packets_{};
  std::uint64_t unstamped_ = 0;
};

}  // namespace blipd

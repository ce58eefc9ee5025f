// Packets on their way to the kernel: up to 64 of one address family, handed over by one sendmmsg.
//
// The first packet, every eighth after it and the last ask the kernel for a send stamp, and all stamps of a batch
// come back by one more system call. The packets between two stamps share the time between them out evenly. A stamp
// costs an eighth of what sending the packet costs. Stamping only the first and the last of 64 is wrong by tens of
// microseconds for all of them whenever the processor does anything else in between (docs/measurement.md has figures).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "probes/clock_bridge.h"
#include "probes/packet_socket.h"
#include "probes/prober.h"
#include "probes/socket_address.h"
#include "probes/wire/bytes.h"

namespace blipd {

/// A packet is a head of its own, written in place, and a tail that it may share with others. All room is inside the
/// object: nothing is allocated. Does not move, because the kernel's structures point into it. Used by one thread.
class SendBatch {
 public:
  static constexpr std::size_t kSize = 64;
  static constexpr std::size_t kHeadRoom = 64;
  /// One packet in so many asks for a send stamp.
  static constexpr std::size_t kStampEvery = 8;

  SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == kSize; }
  /// Room for the head of one more packet; the batch is not full. `tail` and `result` live until `flush`.
  std::span<std::uint8_t> add(const Address& to, std::size_t head_size, Bytes tail, SendResult& result);
  /// Ties the packet that was added last to an IPv4 source address, in host byte order (IP_PKTINFO). The kernel refuses
  /// the packet if the address is none of ours.
  void pin_source(std::uint32_t source);
  /// Sends all, fills every result and becomes empty. A full queue below is given at most two milliseconds.
  void flush(PacketSocket& socket, ClockBridge& bridge);

 private:
  static constexpr std::size_t kMostStamps = kSize / kStampEvery + 1;

  /// One successful sendmmsg.
  struct Call {
    std::size_t first = 0;
    std::size_t count = 0;
    Instant before{};
    Instant after{};
  };
  struct alignas(cmsghdr) StampRequest {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint32_t))> bytes;
  };
  /// The source, and behind it the stamp request, which is left off for most.
  struct alignas(cmsghdr) PinnedRequest {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(std::uint32_t))> bytes;
  };

  bool asks_for_stamp(std::size_t i) const { return i % kStampEvery == 0 || i + 1 == count_; }
  void ask_for_stamps();
  void hand_over(PacketSocket& socket);
  void read_stamps(PacketSocket& socket, ClockBridge& bridge);

  std::size_t count_ = 0;
  std::array<mmsghdr, kSize> messages_{};
  std::array<std::array<iovec, 2>, kSize> parts_{};
  std::array<SocketAddress, kSize> destinations_{};
  std::array<std::array<std::uint8_t, kHeadRoom>, kSize> heads_{};
  std::array<SendResult*, kSize> results_{};
  StampRequest stamp_request_{};                        ///< of the packets that are not pinned
  std::array<PinnedRequest, kSize> pinned_requests_{};  ///< of those that are
  std::array<std::optional<Instant>, kSize> stamps_{};
  std::array<Call, kSize> calls_{};
  std::size_t call_count_ = 0;
  bool keys_in_doubt_ = false;  ///< a refused packet may or may not have used up the number of a stamp
  std::uint32_t next_key_ = 0;
};

}  // namespace blipd

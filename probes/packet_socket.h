// One raw socket, shared by all probes of a prober in one address family.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "probes/address.h"
#include "probes/clock_bridge.h"
#include "probes/result.h"

namespace blipd {

struct PacketSocketOptions {
  int family = 0;                   ///< AF_INET or AF_INET6
  int protocol = 0;                 ///< IPPROTO_ICMP, ...
  std::vector<sock_filter> filter;  ///< what may enter the queue
  std::optional<Address> source;
  std::string interface;  ///< empty: what the kernel chooses
  /// IPv6 other than ICMPv6: where in the message the kernel puts the checksum, and checks it.
  std::optional<int> checksum_offset;
};

/// A send stamp from the error queue. Stamped packets of a socket are numbered from 0 in the order of sending.
struct SendStamp {
  std::uint32_t key = 0;
  WallStamp wall{};
};

/// Owns the descriptor. Non-blocking, closed on exec, receive stamps on, send stamps for messages that ask, filter in
/// place before the first packet can be queued and locked. IP_RECVERR stays off: with it, the error of one probe would
/// fail the next host's send. Used by one thread.
class PacketSocket {
 public:
  /// The error is one sentence and names the cure where there is one. `error_number` receives the errno, 0 on success.
  static Result<PacketSocket> open(const PacketSocketOptions& options, int& error_number);
  PacketSocket(PacketSocket&& other) noexcept;
  PacketSocket& operator=(PacketSocket&& other) noexcept;
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;
  ~PacketSocket();

  int descriptor() const { return descriptor_; }
  /// TTL or hop limit, and DSCP, of what is sent from now on. Asks the kernel only if they differ from the last ones.
  /// 0 or an errno.
  int use(unsigned ttl, unsigned dscp);
  /// Takes waiting send stamps off the error queue, at most 16 and at most `room.size()`; returns how many. One system
  /// call.
  std::size_t read_send_stamps(std::span<SendStamp> room);
  /// Throws send stamps that came late away: while there are any, the socket polls as being in error.
  void drop_send_stamps();
  /// Lets the numbers of send stamps start from 0 again.
  void restart_stamp_keys();
  /// Packets the kernel dropped at this socket since it was opened: because the queue was full, and for IPv6 also for a
  /// wrong checksum. At least that many: some kernels count double.
  std::uint64_t receive_drops();

 private:
  explicit PacketSocket(int descriptor, int family) : descriptor_(descriptor), family_(family) {}

  int descriptor_;
  int family_;
  std::optional<unsigned> ttl_;
  std::optional<unsigned> dscp_;
  std::uint32_t last_drops_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace blipd

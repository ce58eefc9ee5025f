// What cannot be left out of probing: packets handed to the kernel and answers taken from it, in batches.
//
// The sockets are blipd's own (probes/packet_socket.h): the same options, buffers, filter and receive stamps. So are
// the packets, but for the signature, which is zero. Nothing is remembered, checked or counted but how many came back.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "probes/address.h"
#include "probes/icmp_identifiers.h"
#include "probes/packet_socket.h"
#include "probes/result.h"
#include "probes/socket_address.h"

namespace blipd::bench {

struct BareOptions {
  bool tcp_syn = false;  ///< SYNs to port 80 instead of echo requests
  bool bound = false;    ///< SYNs over IPv4: the socket is bound to the source, and not shown what goes elsewhere
  Address first;         ///< of the hosts, which lie in a row
  std::uint32_t hosts = 1;
  bool send_stamps = false;  ///< ask for a kernel send stamp of every packet, and read them after each batch
};

/// Does not move, because the kernel's structures point into it. Used by one thread.
class BareLoop {
 public:
  static constexpr std::size_t kBatch = 64;

  static Result<std::unique_ptr<BareLoop>> open(const BareOptions& options);
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  /// Sends the probes `first` to `first` + `count` - 1, at most kBatch, in one system call; probe n goes to host n
  /// modulo the number of hosts. How many the kernel took.
  std::size_t send(std::uint64_t first, std::size_t count);
  /// Reads until the queue is empty. How many answers.
  std::size_t receive();
  int descriptor() const { return socket_.descriptor(); }

 private:
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, 128> bytes;
  };

  BareLoop(const BareOptions& options, PacketSocket socket, IcmpIdentifiers identifiers, std::uint16_t first_port);
  void write_echo(std::size_t i, std::uint64_t probe, std::uint32_t host);
  void write_syn(std::size_t i, std::uint64_t probe, std::uint32_t host);

  BareOptions options_;
  PacketSocket socket_;
  IcmpIdentifiers identifiers_;
  std::uint16_t first_port_;
  std::array<std::array<std::uint8_t, 64>, kBatch> out_{};
  std::array<SocketAddress, kBatch> to_{};
  std::array<iovec, kBatch> out_parts_{};
  std::array<mmsghdr, kBatch> out_messages_{};
  Control stamp_request_{};
  std::array<SendStamp, 16> stamps_{};  ///< as many as one call reads
  std::array<std::array<std::uint8_t, 256>, kBatch> in_{};
  std::array<SocketAddress, kBatch> from_{};
  std::array<Control, kBatch> controls_{};
  std::array<iovec, kBatch> in_parts_{};
  std::array<mmsghdr, kBatch> in_messages_{};
};

}  // namespace blipd::bench

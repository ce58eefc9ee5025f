// The prober `tcp_syn`: half-open probing. One SYN for a probe; a SYN-ACK or a reset is the answer. Our kernel, which
// knows of no connection, answers the SYN-ACK with a reset by itself, so that the server's application never hears of
// it (RFC 9293 section 3.10.7.1).
//
// One raw TCP socket per address family sends and receives, one raw ICMP socket per family receives the errors that
// quote our SYNs. Nothing is remembered about a probe: probes/tcp_flows.h says how its answer brings the slot back.
// The operator's contact is in no SYN: a payload in it would be dropped or answered differently by many hosts.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probes/clock_bridge.h"
#include "probes/packet_socket.h"
#include "probes/prober.h"
#include "probes/receive_batch.h"
#include "probes/send_batch.h"
#include "probes/source_address.h"
#include "probes/source_ports.h"
#include "probes/tcp_answer.h"
#include "probes/tcp_flows.h"

namespace blipd {

struct TcpSynOptions final : ModuleOptions {
  std::uint16_t port = 0;     ///< 1 to 65535
  bool require_open = false;  ///< a reset is a failure, not a reply
  unsigned ttl = 64;          ///< 1 to 255; the hop limit of IPv6
  unsigned dscp = 0;          ///< 0 to 63
};

class TcpSynProber final : public Prober {
 public:
  static Result<std::unique_ptr<Prober>> open(const ProbeEnvironment& environment);
  /// The same, as what it is.
  static Result<std::unique_ptr<TcpSynProber>> open_tcp_syn(const ProbeEnvironment& environment);

  void send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
            std::span<SendResult> results) override;
  /// Stops early after 64 batches of 64 packets per socket.
  bool receive(AnswerSink& sink) override;
  /// No error quotes too little: 8 bytes of a SYN hold all there is.
  bool quotes(const Answer& short_quote, const ProbeRequest& request) const override;
  std::vector<int> descriptors() const override;
  ProberFaults faults() override;

  /// The source ports.
  PortRange ports() const { return ports_.range(); }

 private:
  /// One address family. Without sockets (a kernel without IPv6), every send fails with `missing`.
  struct Side {
    IpFamily family = IpFamily::v4;
    std::optional<PacketSocket> segments;
    std::optional<PacketSocket> errors;
    int missing = 0;
    ReceiveTurns turns;
    SendBatch batch;
  };
  using Read = Answer (*)(IpFamily, const ReceivedPacket&, const TcpFlows&);

  TcpSynProber(const ProbeEnvironment& environment, SourcePorts ports, SourceAddresses sources);
  std::optional<Error> open_side(Side& side, const ProbeEnvironment& environment);
  void add(Side& side, const TcpSynOptions& options, const ProbeRequest& request, Instant now, SendResult& result);
  bool receive_from(IpFamily family, PacketSocket& socket, Read read, AnswerSink& sink);

  SourcePorts ports_;
  TcpFlows flows_;
  SourceAddresses sources_;
  std::optional<Address> fixed_source4_;
  ClockBridge bridge_;
  Side v4_;
  Side v6_;
  ReceiveBatch received_;
  std::array<Answer, ReceiveBatch::kSize> answers_;
};

extern const ProberType kTcpSynProber;

}  // namespace blipd

// The prober `icmp`: echo requests over one raw socket per address family.
//
// Nothing is remembered about a probe. The identifier follows from the target number and the time, the sequence and the
// payload are signed, and an answer brings all of it back (probes/wire/icmp_echo.h). The contact of the vantage is left
// out of modules whose payload_size cannot hold it: 22 bytes and its length.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "probes/clock_bridge.h"
#include "probes/icmp_identifiers.h"
#include "probes/packet_socket.h"
#include "probes/prober.h"
#include "probes/receive_batch.h"
#include "probes/reply_signature.h"
#include "probes/send_batch.h"
#include "probes/wire/icmp_echo.h"

namespace blipd {

struct IcmpOptions final : ModuleOptions {
  unsigned ttl = 64;              ///< 1 to 255; the hop limit of IPv6
  unsigned dscp = 0;              ///< 0 to 63
  std::size_t payload_size = 56;  ///< 24 to 65507: behind the ICMP header
};

class IcmpProber final : public Prober {
 public:
  static Result<std::unique_ptr<Prober>> open(const ProbeEnvironment& environment);
  /// The same, as what it is.
  static Result<std::unique_ptr<IcmpProber>> open_icmp(const ProbeEnvironment& environment);

  void send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
            std::span<SendResult> results) override;
  /// Stops early after 64 batches of 64 packets per socket.
  bool receive(AnswerSink& sink) override;
  bool quotes(const Answer& short_quote, const ProbeRequest& request) const override;
  std::vector<int> descriptors() const override;
  ProberFaults faults() override;

  const IcmpIdentifiers& identifiers() const { return identifiers_; }

 private:
  /// One address family. Without a socket (a kernel without IPv6), every send fails with `missing`.
  struct Side {
    IpFamily family = IpFamily::v4;
    std::optional<PacketSocket> socket;
    int missing = 0;
    ReceiveTurns turns;
    SendBatch batch;
  };

  explicit IcmpProber(const ProbeEnvironment& environment);
  std::optional<Error> open_side(Side& side, const ProbeEnvironment& environment);
  Bytes tail_for(std::size_t payload_size) const;
  bool carries_contact(std::size_t payload_size) const;
  bool receive_from(Side& side, AnswerSink& sink);
  void add(Side& side, const ProbeRequest& request, std::uint16_t identifier, Bytes tail, std::uint64_t tail_sum,
           SendResult& result);

  IcmpIdentifiers identifiers_ = IcmpIdentifiers::random();
  ReplySignature signature_ = ReplySignature::with_random_key();
  ClockBridge bridge_;
  std::size_t contact_size_ = 0;
  std::vector<std::uint8_t> tail_;        ///< zero, contact, zeros: of the longest payload; shorter ones are its start
  std::vector<std::uint8_t> empty_tail_;  ///< the same without a contact
  std::uint64_t tail_sum_ = 0;
  Side v4_;
  Side v6_;
  ReceiveBatch received_;
  std::array<Answer, ReceiveBatch::kSize> answers_;
};

extern const ProberType kIcmpProber;

}  // namespace blipd

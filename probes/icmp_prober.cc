#include "probes/icmp_prober.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "probes/icmp_answer.h"
#include "probes/icmp_filter.h"
#include "probes/option_reader.h"
#include "probes/wire/checksum.h"

namespace blipd {
namespace {

constexpr std::size_t kLeastPayload = 24;
constexpr std::size_t kMostPayload = 65535 - 20 - kEchoHeaderSize;
constexpr std::size_t kMostContact = 200;
/// Per socket and `receive`: the loop goes back to its other work after this many batches.
constexpr int kMostBatches = 64;

std::shared_ptr<const ModuleOptions> read_icmp_options(OptionReader& reader) {
  auto options = std::make_shared<IcmpOptions>();
  options->ttl = static_cast<unsigned>(reader.integer("ttl", 64, 1, 255));
  options->dscp = static_cast<unsigned>(reader.integer("dscp", 0, 0, 63));
  options->payload_size = static_cast<std::size_t>(reader.integer(
      "payload_size", 56, static_cast<std::int64_t>(kLeastPayload), static_cast<std::int64_t>(kMostPayload)));
  return options;
}

std::vector<std::uint8_t> longest_tail(std::string_view contact) {
  std::vector<std::uint8_t> tail(kMostPayload - kEchoTagSize);
  std::copy(contact.begin(), contact.end(), tail.begin() + 1);
  return tail;
}

}  // namespace

const ProberType kIcmpProber{.name = "icmp",
                             .times = {},
                             .judges_network = true,
                             .wants_names = false,
                             .read_options = read_icmp_options,
                             .open = IcmpProber::open,
                             .answers_are_repeated = false};

IcmpProber::IcmpProber(const ProbeEnvironment& environment)
    : contact_size_(std::min(environment.contact.size(), kMostContact)),
      tail_(longest_tail(std::string_view(environment.contact).substr(0, kMostContact))),
      empty_tail_(longest_tail("")),
      tail_sum_(checksum_sum(tail_)) {
  v6_.family = IpFamily::v6;
}

Result<std::unique_ptr<Prober>> IcmpProber::open(const ProbeEnvironment& environment) {
  Result<std::unique_ptr<IcmpProber>> opened = open_icmp(environment);
  if (!opened) return opened.error();
  return std::unique_ptr<Prober>(std::move(*opened));
}

Result<std::unique_ptr<IcmpProber>> IcmpProber::open_icmp(const ProbeEnvironment& environment) {
  std::unique_ptr<IcmpProber> prober(new IcmpProber(environment));
  if (std::optional<Error> error = prober->open_side(prober->v4_, environment)) return *error;
  std::optional<Error> error = prober->open_side(prober->v6_, environment);
  if (error && prober->v6_.missing != EAFNOSUPPORT) return *error;
  return prober;
}

std::optional<Error> IcmpProber::open_side(Side& side, const ProbeEnvironment& environment) {
  const bool v4 = side.family == IpFamily::v4;
  PacketSocketOptions options;
  options.family = v4 ? AF_INET : AF_INET6;
  options.protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  options.filter = v4 ? icmpv4_filter(identifiers_) : icmpv6_filter(identifiers_);
  options.source = v4 ? environment.source4 : environment.source6;
  options.interface = environment.interface;
  Result<PacketSocket> socket = PacketSocket::open(options, side.missing);
  if (!socket) return socket.error();
  side.socket.emplace(std::move(*socket));
  return std::nullopt;
}

bool IcmpProber::carries_contact(std::size_t payload_size) const {
  return contact_size_ > 0 && payload_size >= kEchoTagSize + 1 + contact_size_ + 1;
}

Bytes IcmpProber::tail_for(std::size_t payload_size) const {
  const std::vector<std::uint8_t>& tail = carries_contact(payload_size) ? tail_ : empty_tail_;
  return Bytes(tail).first(payload_size - kEchoTagSize);
}

void IcmpProber::send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
                      std::span<SendResult> results) {
  const auto& icmp = static_cast<const IcmpOptions&>(options);
  const Bytes tail = tail_for(icmp.payload_size);
  const std::uint64_t tail_sum = carries_contact(icmp.payload_size) ? tail_sum_ : 0;
  const Instant now = BootClock::now();
  const IcmpIdentifiers::Turns turns = IcmpIdentifiers::turns_at(now);
  const int v4_error = v4_.socket ? v4_.socket->use(icmp.ttl, icmp.dscp) : v4_.missing;
  const int v6_error = v6_.socket ? v6_.socket->use(icmp.ttl, icmp.dscp) : v6_.missing;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const ProbeRequest& request = requests[i];
    const bool v4 = request.to.is_v4();
    if (const int error = v4 ? v4_error : v6_error; error != 0) {
      results[i] = {now, error};
      continue;
    }
    Side& side = v4 ? v4_ : v6_;
    side.turns.note_sent();
    add(side, request, identifiers_.at(request.number, turns), tail, tail_sum, results[i]);
  }
  for (Side* side : {&v4_, &v6_}) {
    if (side->socket) side->batch.flush(*side->socket, bridge_);
  }
}

void IcmpProber::add(Side& side, const ProbeRequest& request, std::uint16_t identifier, Bytes tail,
                     std::uint64_t tail_sum, SendResult& result) {
  const std::uint64_t mac = signature_.sign(request.number, request.slot, identifier);
  const EchoTag tag{request.number.block, request.number.place, request.slot, mac};
  const std::span<std::uint8_t> head = side.batch.add(request.to, kEchoHeadSize, tail, result);
  encode_echo_request(side.family, identifier, sequence_of(mac), tag, tail_sum, head.first<kEchoHeadSize>());
  if (side.batch.full()) side.batch.flush(*side.socket, bridge_);
}

bool IcmpProber::receive(AnswerSink& sink) {
  const bool more4 = receive_from(v4_, sink);
  const bool more6 = receive_from(v6_, sink);
  return more4 || more6;
}

bool IcmpProber::receive_from(Side& side, AnswerSink& sink) {
  if (!side.socket || !side.turns.take()) return false;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    const std::size_t count = received_.read(side.socket->descriptor(), bridge_);
    for (std::size_t i = 0; i < count; ++i) {
      answers_[i] = read_icmp_answer(side.family, received_.packet(i), identifiers_, signature_);
    }
    if (count != 0) sink.on_answers(std::span(answers_).first(count));
    // What does not fill the batch was all there was. Where there was nothing, a late send stamp may have woken us.
    if (count == 0) side.socket->drop_send_stamps();
    if (count != ReceiveBatch::kSize) return false;
  }
  return true;
}

bool IcmpProber::quotes(const Answer& short_quote, const ProbeRequest& request) const {
  return identifiers_.owns(short_quote.identifier) && short_quote.to == request.to &&
         sequence_of(signature_.sign(request.number, request.slot, short_quote.identifier)) == short_quote.sequence;
}

std::vector<int> IcmpProber::descriptors() const {
  std::vector<int> open;
  for (const Side* side : {&v4_, &v6_}) {
    if (side->socket) open.push_back(side->socket->descriptor());
  }
  return open;
}

ProberFaults IcmpProber::faults() {
  ProberFaults faults;
  for (Side* side : {&v4_, &v6_}) {
    if (side->socket) faults.receive_drops += side->socket->receive_drops();
  }
  faults.clock_steps = bridge_.steps();
  faults.unstamped = received_.unstamped();
  return faults;
}

}  // namespace blipd

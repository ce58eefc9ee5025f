#include "probes/tcp_syn_prober.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "probes/option_reader.h"
#include "probes/tcp_filter.h"
#include "probes/wire/tcp_segment.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

/// Per socket and `receive`: the loop goes back to its other work after this many batches.
constexpr int kMostBatches = 64;

std::shared_ptr<const ModuleOptions> read_tcp_syn_options(OptionReader& reader) {
  auto options = std::make_shared<TcpSynOptions>();
  if (!reader.has("port")) reader.report("port", "missing: the port to probe, 1 to 65535");
  options->port = static_cast<std::uint16_t>(reader.integer("port", 0, 1, 65535));
  options->require_open = reader.boolean("require_open", false);
  options->ttl = static_cast<unsigned>(reader.integer("ttl", 64, 1, 255));
  options->dscp = static_cast<unsigned>(reader.integer("dscp", 0, 0, 63));
  return options;
}

}  // namespace

const ProberType kTcpSynProber{
    .name = "tcp_syn",
    .times = {.interval = 10s,
              .least_interval = 1s,
              .timeout = 900ms,
              .most_timeout = 1s,
              .why_most_timeout = "a server repeats an unanswered SYN-ACK after one second (RFC 6298), and the repeat "
                                  "would hide the loss of the first"},
    .judges_network = true,
    .wants_names = false,
    .read_options = read_tcp_syn_options,
    .open = TcpSynProber::open,
    .answers_are_repeated = true,
    .descriptors = TcpFlows::kPorts + 8};

TcpSynProber::TcpSynProber(const ProbeEnvironment& environment, SourcePorts ports, SourceAddresses sources)
    : ports_(std::move(ports)),
      flows_(ports_.range().first, ReplySignature::with_random_key()),
      sources_(std::move(sources)),
      fixed_source4_(environment.source4) {
  v6_.family = IpFamily::v6;
}

Result<std::unique_ptr<Prober>> TcpSynProber::open(const ProbeEnvironment& environment) {
  Result<std::unique_ptr<TcpSynProber>> opened = open_tcp_syn(environment);
  if (!opened) return opened.error();
  return std::unique_ptr<Prober>(std::move(*opened));
}

Result<std::unique_ptr<TcpSynProber>> TcpSynProber::open_tcp_syn(const ProbeEnvironment& environment) {
  Result<SourcePorts> ports = SourcePorts::reserve(TcpFlows::kPorts);
  if (!ports) return ports.error();
  Result<SourceAddresses::Ask> ask = kernel_source_addresses(environment.interface);
  if (!ask) return ask.error();
  SourceAddresses sources(std::move(*ask), kernel_route_changes());
  std::unique_ptr<TcpSynProber> prober(new TcpSynProber(environment, std::move(*ports), std::move(sources)));
  if (std::optional<Error> error = prober->open_side(prober->v4_, environment)) return *error;
  std::optional<Error> error = prober->open_side(prober->v6_, environment);
  if (error && prober->v6_.missing != EAFNOSUPPORT) return *error;
  return prober;
}

std::optional<Error> TcpSynProber::open_side(Side& side, const ProbeEnvironment& environment) {
  const bool v4 = side.family == IpFamily::v4;
  PacketSocketOptions options;
  options.family = v4 ? AF_INET : AF_INET6;
  options.source = v4 ? environment.source4 : environment.source6;
  options.interface = environment.interface;
  options.protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  options.filter = v4 ? tcp_error_v4_filter(flows_) : tcp_error_v6_filter(flows_);
  Result<PacketSocket> errors = PacketSocket::open(options, side.missing);
  if (!errors) return errors.error();
  options.protocol = IPPROTO_TCP;
  options.filter = v4 ? tcpv4_filter(flows_) : tcpv6_filter(flows_);
  if (!v4) options.checksum_offset = kTcpChecksumOffset;
  Result<PacketSocket> segments = PacketSocket::open(options, side.missing);
  if (!segments) return segments.error();
  side.errors.emplace(std::move(*errors));
  side.segments.emplace(std::move(*segments));
  return std::nullopt;
}

void TcpSynProber::send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
                        std::span<SendResult> results) {
  const auto& tcp = static_cast<const TcpSynOptions&>(options);
  const Instant now = BootClock::now();
  const int v4_error = v4_.segments ? v4_.segments->use(tcp.ttl, tcp.dscp) : v4_.missing;
  const int v6_error = v6_.segments ? v6_.segments->use(tcp.ttl, tcp.dscp) : v6_.missing;
  sources_.look_for_changes(now);
  if (!fixed_source4_) {
    for (const ProbeRequest& request : requests) sources_.fetch(request.to);
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const bool v4 = requests[i].to.is_v4();
    if (const int error = v4 ? v4_error : v6_error; error != 0) {
      results[i] = {now, error};
      continue;
    }
    add(v4 ? v4_ : v6_, tcp, requests[i], now, results[i]);
  }
  for (Side* side : {&v4_, &v6_}) {
    if (side->segments) side->batch.flush(*side->segments, bridge_);
  }
}

void TcpSynProber::add(Side& side, const TcpSynOptions& options, const ProbeRequest& request, Instant now,
                       SendResult& result) {
  SourceAddress source;
  const bool v4 = side.family == IpFamily::v4;
  if (v4) {
    source = fixed_source4_ ? SourceAddress{fixed_source4_->v4_value(), 0} : sources_.find(request.to, now);
    if (source.error != 0) {
      result = {now, source.error};
      return;
    }
  }
  const ResetMeaning meaning = options.require_open ? ResetMeaning::refused : ResetMeaning::reply;
  const TcpFlow flow{request.to, flows_.source_port(request.number, meaning, now), options.port};
  const TcpSyn syn{flow.source_port, flow.destination_port, flows_.sequence_of(flow, request.slot),
                   flows_.timestamp(now)};
  flows_.note_sent(request.slot);
  side.turns.note_sent();
  const std::span<std::uint8_t> head = side.batch.add(request.to, kTcpSynSize, {}, result);
  const std::uint64_t pseudo_sum = v4 ? tcp_syn_pseudo_sum(source.v4, request.to.v4_value()) : 0;
  encode_tcp_syn(side.family, syn, pseudo_sum, head.first<kTcpSynSize>());
  if (v4 && !fixed_source4_) side.batch.pin_source(source.v4);
  if (side.batch.full()) side.batch.flush(*side.segments, bridge_);
}

bool TcpSynProber::receive(AnswerSink& sink) {
  bool more = false;
  for (Side* side : {&v4_, &v6_}) {
    if (!side->segments || !side->turns.take()) continue;
    more |= receive_from(side->family, *side->segments, read_tcp_answer, sink);
    more |= receive_from(side->family, *side->errors, read_tcp_error, sink);
  }
  return more;
}

bool TcpSynProber::receive_from(IpFamily family, PacketSocket& socket, Read read, AnswerSink& sink) {
  for (int batch = 0; batch < kMostBatches; ++batch) {
    const std::size_t count = received_.read(socket.descriptor(), bridge_);
    for (std::size_t i = 0; i < count; ++i) answers_[i] = read(family, received_.packet(i), flows_);
    if (count != 0) sink.on_answers(std::span(answers_).first(count));
    // What does not fill the batch was all there was. Where there was nothing, a late send stamp may have woken us.
    if (count == 0) socket.drop_send_stamps();
    if (count != ReceiveBatch::kSize) return false;
  }
  return true;
}

bool TcpSynProber::quotes(const Answer& /*short_quote*/, const ProbeRequest& /*request*/) const { return false; }

std::vector<int> TcpSynProber::descriptors() const {
  std::vector<int> open;
  for (const Side* side : {&v4_, &v6_}) {
    if (!side->segments) continue;
    open.push_back(side->segments->descriptor());
    open.push_back(side->errors->descriptor());
  }
  return open;
}

ProberFaults TcpSynProber::faults() {
  ProberFaults faults;
  for (Side* side : {&v4_, &v6_}) {
    if (side->segments) faults.receive_drops += side->segments->receive_drops() + side->errors->receive_drops();
  }
  faults.clock_steps = bridge_.steps();
  faults.unstamped = received_.unstamped();
  return faults;
}

}  // namespace blipd

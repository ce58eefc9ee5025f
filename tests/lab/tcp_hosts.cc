#include "tests/lab/tcp_hosts.h"

#include <utility>

namespace blipd::lab {
namespace {

// The answers to one SYN for a port that is not silent.
class SynAnswers {
 public:
  SynAnswers(const Segment& syn, bool closed, Elapsed now, Dice& dice, TcpFlows& flows)
      : syn_(syn), closed_(closed), now_(now), dice_(dice), flows_(flows) {}

  Bytes forged() { return forged_syn_ack(syn_, dice_.number(), now_); }
  Bytes stray(const Ip& neighbour) {
    Ends ends = syn_.ends;
    ends.host = neighbour;
    return syn_ack(syn_, ends, dice_.number(), now_);
  }
  Bytes reply(Elapsed extra) {
    return closed_ ? reset_of(syn_) : flows_.accept(syn_, dice_.number(), now_ + extra, tracked_);
  }
  bool tracked() const { return tracked_; }

 private:
  const Segment& syn_;
  bool closed_;
  Elapsed now_;
  Dice& dice_;
  TcpFlows& flows_;
  bool tracked_ = true;
};

const HttpBehaviour* site_at(const Behaviour& behaviour, std::uint16_t port) {
  return behaviour.http.serves(port) ? &behaviour.http : nullptr;
}

}  // namespace

void TcpHosts::receive(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Host& host,
                       const Hosts& hosts, Elapsed now, Truth& truth, std::vector<PlannedPacket>& out) {
  const Segment segment = parse_segment(packet, parsed);
  const Behaviour& behaviour = *host.behaviour;
  const bool syn = (segment.flags & (kSyn | kAck | kRst)) == kSyn;
  const bool dark = hosts.dark(host, now) || behaviour.port_at(segment.ends.host_port, now) == PortAnswer::silent;
  TcpCounts counts;
  if (!dark) {
    const Arrival arrival{packet, parsed, behaviour, now, now + dice_.delay_of(behaviour)};
    counts = syn ? receive_syn(arrival, segment, truth, out) : receive_other(arrival, segment, out);
  } else if (syn) {
    counts.requests = counts.lost = counts.dark = 1;
  }
  truth.networks[host.network].tcp.book(now, counts);
}

TcpCounts TcpHosts::receive_syn(const Arrival& arrival, const Segment& syn, Truth& truth,
                                std::vector<PlannedPacket>& out) {
  const bool closed = arrival.behaviour.port_at(syn.ends.host_port, arrival.now) == PortAnswer::closed;
  SynAnswers answers(syn, closed, arrival.now, dice_, flows_);
  TcpCounts counts{judge(dice_, arrival, answers, out)};
  if (closed) counts.refused = counts.answered + counts.late;
  if (!answers.tracked()) ++truth.untracked;
  return counts;
}

TcpCounts TcpHosts::receive_other(const Arrival& arrival, const Segment& segment, std::vector<PlannedPacket>& out) {
  const Behaviour& behaviour = arrival.behaviour;
  TcpCounts counts;
  if (dice_.happens(behaviour.loss)) return counts;
  if (dice_.happens(behaviour.loss_forward)) {
    ++counts.lost_forward;
    return counts;
  }
  outgoing_.clear();
  flows_.receive(segment, site_at(behaviour, segment.ends.host_port), arrival.now, outgoing_, counts);
  bring_back(behaviour, arrival.at, counts, out);
  return counts;
}

void TcpHosts::bring_back(const Behaviour& behaviour, Elapsed at, TcpCounts& counts, std::vector<PlannedPacket>& out) {
  for (Outgoing& outgoing : outgoing_) {
    if (!lost_back(dice_, behaviour, counts)) {
      out.push_back({at, std::move(outgoing.packet)});
    } else if (outgoing.repeat) {
      ++counts.repeats_lost;
    }
  }
}

void TcpHosts::tick(const Hosts& hosts, Elapsed now, Truth& truth, std::vector<PlannedPacket>& out) {
  while (const auto ends = flows_.due(now)) {
    const auto host = hosts.find(ends->host);
    const Behaviour& behaviour = *host->behaviour;
    if (hosts.dark(*host, now) || behaviour.port_at(ends->host_port, now) == PortAnswer::silent) {
      flows_.hush();
      continue;
    }
    TcpCounts counts;
    const Elapsed at = *flows_.next_timer() + dice_.delay_of(behaviour);
    outgoing_.clear();
    flows_.time_out(site_at(behaviour, ends->host_port), outgoing_, counts);
    if (outgoing_.empty()) continue;
    bring_back(behaviour, at, counts, out);
    truth.networks[host->network].tcp.book(now, counts);
  }
}

}  // namespace blipd::lab

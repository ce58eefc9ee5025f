#include "tests/lab/tcp_flows.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace blipd::lab {
namespace {

using std::chrono::seconds;

constexpr unsigned kSynAckRepeats = 5;
constexpr unsigned kResponseRepeats = 3;
constexpr Elapsed kFirstWait = seconds(1);
constexpr Elapsed kIdle = seconds(63);
constexpr std::uint16_t kWindow = 510;
constexpr std::uint16_t kLeastMss = 64;

// Sequence numbers wrap around.
bool before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

// The largest payload behind `options` bytes of options.
std::size_t room(const Segment& syn, std::size_t options) {
  const std::uint16_t offered = syn.mss.value_or(syn.ends.host.v6 ? 1220 : 536);
  return std::max(std::min(offered, own_mss(syn.ends.host)), kLeastMss) - options;
}

// Time stamps stand in every segment of a connection that has agreed on them (RFC 7323 section 3.2).
Bytes options_of(const Segment& syn, std::uint32_t peer_stamp, Elapsed now) {
  if (!syn.stamp) return {};
  Bytes options{1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
  put_u32(options, 4, stamp_at(now));
  put_u32(options, 8, peer_stamp);
  return options;
}

}  // namespace

std::size_t TcpFlows::EndsHash::operator()(const Ends& ends) const {
  std::uint64_t hash = static_cast<std::uint64_t>(ends.vantage_port) << 16 | ends.host_port;
  for (const Ip* ip : {&ends.vantage, &ends.host}) {
    for (std::size_t i = 0; i < ip->size(); i += 4) {
      hash = (hash ^ read_u32(ip->bytes, i)) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
  }
  return hash;
}

void TcpFlows::arm(Flow& flow, Elapsed at) {
  timers_.erase(flow.timer);
  flow.timer = {at, ++armed_};
  timers_.emplace(flow.timer, flow.syn.ends);
}

void TcpFlows::erase(Flows::iterator found) {
  timers_.erase(found->second.timer);
  flows_.erase(found);
}

Bytes TcpFlows::accept(const Segment& syn, std::uint32_t fresh, Elapsed at, bool& tracked) {
  tracked = true;
  auto found = flows_.find(syn.ends);
  if (found != flows_.end() && found->second.syn.sequence == syn.sequence) {
    return syn_ack(syn, syn.ends, found->second.first, at);
  }
  if (found != flows_.end()) erase(found);
  if (flows_.size() >= most_) {
    tracked = false;
    return syn_ack(syn, syn.ends, fresh, at);
  }
  Flow& flow = flows_[syn.ends];
  flow.syn = syn;
  flow.syn.payload = {};
  flow.first = fresh;
  flow.acked = flow.next = fresh + 1;
  flow.expected = syn.sequence + 1;
  flow.peer_stamp = syn.stamp.value_or(0);
  arm(flow, at + kFirstWait);
  return syn_ack(syn, syn.ends, fresh, at);
}

void TcpFlows::receive(const Segment& segment, const HttpBehaviour* site, Elapsed now, std::vector<Outgoing>& out,
                       TcpCounts& counts) {
  const auto found = flows_.find(segment.ends);
  if ((segment.flags & kRst) != 0) {
    ++counts.resets;
    if (found != flows_.end() && segment.sequence == found->second.expected) erase(found);
    return;
  }
  if (found == flows_.end()) {
    out.push_back({reset_of(segment)});
    return;
  }
  Flow& flow = found->second;
  if ((segment.flags & kAck) == 0) return;
  if (flow.stage == Stage::half_open) {
    if (segment.acknowledgement != flow.next) {
      out.push_back({reset_of(segment)});
      return;
    }
    flow.stage = Stage::open;
    ++counts.connections;
    arm(flow, now + kIdle);
  }
  if (segment.stamp && !before(flow.expected, segment.sequence)) flow.peer_stamp = *segment.stamp;
  take_acknowledgement(flow, segment, now);
  take_data(flow, segment, site, now, out, counts);
}

void TcpFlows::take_acknowledgement(Flow& flow, const Segment& segment, Elapsed now) {
  if (!before(flow.acked, segment.acknowledgement) || before(flow.next, segment.acknowledgement)) return;
  flow.acked = segment.acknowledgement;
  flow.tries = 0;
  arm(flow, now + (flow.acked == flow.next ? kIdle : kFirstWait));
}

void TcpFlows::take_data(Flow& flow, const Segment& segment, const HttpBehaviour* site, Elapsed now,
                         std::vector<Outgoing>& out, TcpCounts& counts) {
  const auto size = static_cast<std::uint32_t>(segment.payload.size());
  const bool fin = (segment.flags & kFin) != 0;
  if (size == 0 && !fin) return;
  // Behind a gap this wraps around and is larger than any segment.
  const std::uint32_t known = flow.expected - segment.sequence;
  const bool fresh = known < size + (fin ? 1U : 0U);
  if (fresh) {
    const auto bytes = segment.payload.subspan(std::min(known, size));
    flow.expected = segment.sequence + size + (fin ? 1U : 0U);
    const bool whole = flow.request.read(bytes);
    if (flow.stage == Stage::open && whole && site != nullptr) {
      ++counts.responses;
      return close(flow, site, site->status_at(now), now, out);
    }
    if (flow.stage == Stage::open && fin) return close(flow, site, 0, now, out);
    if (flow.acked == flow.next) arm(flow, now + kIdle);
  }
  const Bytes options = options_of(flow.syn, flow.peer_stamp, now);
  out.push_back({segment_packet({flow.syn.ends, flow.next, flow.expected, kAck, kWindow, options})});
}

void TcpFlows::close(Flow& flow, const HttpBehaviour* site, unsigned status, Elapsed now, std::vector<Outgoing>& out) {
  flow.stage = Stage::closing;
  flow.status = status;
  const std::size_t size = status == 0 ? 0 : response_text(*site, status, flow.request.head()).size();
  flow.next = flow.first + 1 + static_cast<std::uint32_t>(size) + 1;
  flow.tries = 0;
  arm(flow, now + kFirstWait);
  send_unacknowledged(flow, site, now, out);
}

void TcpFlows::send_unacknowledged(const Flow& flow, const HttpBehaviour* site, Elapsed now,
                                   std::vector<Outgoing>& out) const {
  const bool bare = flow.status == 0 || site == nullptr;
  const std::string text = bare ? "" : response_text(*site, flow.status, flow.request.head());
  const Bytes bytes(text.begin(), text.end());
  const Bytes options = options_of(flow.syn, flow.peer_stamp, now);
  const std::size_t most = room(flow.syn, options.size());
  std::size_t at = std::min<std::size_t>(flow.acked - flow.first - 1, bytes.size());
  do {
    const auto part = std::span(bytes).subspan(at, std::min(most, bytes.size() - at));
    const auto sequence = flow.first + 1 + static_cast<std::uint32_t>(at);
    at += part.size();
    const auto flags = static_cast<std::uint8_t>(at == bytes.size() ? kFin | kPsh | kAck : kAck);
    out.push_back({segment_packet({flow.syn.ends, sequence, flow.expected, flags, kWindow, options, part})});
  } while (at < bytes.size());
}

std::optional<Elapsed> TcpFlows::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

std::optional<Ends> TcpFlows::due(Elapsed now) const {
  if (timers_.empty() || timers_.begin()->first.first > now) return std::nullopt;
  return timers_.begin()->second;
}

// Whether the flow has something to repeat. If so its timer stands at the next time, else it is to be forgotten.
bool TcpFlows::advance_tries(Flow& flow) {
  const bool half_open = flow.stage == Stage::half_open;
  if (!half_open && flow.acked == flow.next) return false;
  if (flow.tries >= (half_open ? kSynAckRepeats : kResponseRepeats)) return false;
  ++flow.tries;
  arm(flow, flow.timer.first + kFirstWait * (1 << flow.tries));
  return true;
}

void TcpFlows::time_out(const HttpBehaviour* site, std::vector<Outgoing>& out, TcpCounts& counts) {
  const Elapsed at = timers_.begin()->first.first;
  const auto found = flows_.find(timers_.begin()->second);
  Flow& flow = found->second;
  if (!advance_tries(flow)) return erase(found);
  if (flow.stage == Stage::half_open) {
    ++counts.repeats;
    out.push_back({syn_ack(flow.syn, flow.syn.ends, flow.first, at), true});
  } else {
    ++counts.responses_repeated;
    send_unacknowledged(flow, site, at, out);
  }
}

void TcpFlows::hush() {
  const auto found = flows_.find(timers_.begin()->second);
  if (!advance_tries(found->second)) erase(found);
}

}  // namespace blipd::lab

#include "probes/send_batch.h"

#include <netinet/in.h>
#include <poll.h>
#include <time.h>
// The kernel's header below uses timespec without including it.
#include <linux/net_tstamp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "probes/send_times.h"

namespace blipd {

namespace {

/// Numbers of stamps this far ahead, modulo 2^32, are behind: they belong to earlier batches and came late.
constexpr std::uint32_t kStale = 1U << 31U;

template <class T>
void write_control(std::uint8_t* at, int level, int type, const T& value) {
  const cmsghdr header{CMSG_LEN(sizeof value), level, type};
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + CMSG_LEN(0), &value, sizeof value);
}

void write_stamp_request(std::uint8_t* at) {
  constexpr std::uint32_t kFlags = SOF_TIMESTAMPING_TX_SOFTWARE;
  write_control(at, SOL_SOCKET, SO_TIMESTAMPING, kFlags);
}

}  // namespace

SendBatch::SendBatch() {
  write_stamp_request(stamp_request_.bytes.data());
  for (PinnedRequest& request : pinned_requests_) {
    write_stamp_request(request.bytes.data() + CMSG_SPACE(sizeof(in_pktinfo)));
  }
}

std::span<std::uint8_t> SendBatch::add(const Address& to, std::size_t head_size, Bytes tail, SendResult& result) {
  const std::size_t i = count_++;
  // The kernel does not write through a sending iovec.
  parts_[i] = {iovec{heads_[i].data(), head_size}, iovec{const_cast<std::uint8_t*>(tail.data()), tail.size()}};
  msghdr& header = messages_[i].msg_hdr;
  header = msghdr{};
  header.msg_namelen = to_socket_address(to, 0, destinations_[i]);
  header.msg_name = &destinations_[i];
  header.msg_iov = parts_[i].data();
  header.msg_iovlen = parts_[i].size();
  results_[i] = &result;
  return std::span(heads_[i]).first(head_size);
}

void SendBatch::pin_source(std::uint32_t source) {
  const std::size_t i = count_ - 1;
  in_pktinfo pinned{};
  pinned.ipi_spec_dst.s_addr = htonl(source);
  write_control(pinned_requests_[i].bytes.data(), IPPROTO_IP, IP_PKTINFO, pinned);
  messages_[i].msg_hdr.msg_control = pinned_requests_[i].bytes.data();
  messages_[i].msg_hdr.msg_controllen = CMSG_SPACE(sizeof pinned);
}

void SendBatch::ask_for_stamps() {
  const auto ask = [&](std::size_t i) {
    msghdr& header = messages_[i].msg_hdr;
    if (header.msg_control == nullptr) header.msg_control = stamp_request_.bytes.data();
    header.msg_controllen += stamp_request_.bytes.size();
  };
  for (std::size_t i = 0; i < count_; i += kStampEvery) ask(i);
  if ((count_ - 1) % kStampEvery != 0) ask(count_ - 1);
}

void SendBatch::flush(PacketSocket& socket, ClockBridge& bridge) {
  if (empty()) return;
  ask_for_stamps();
  hand_over(socket);
  read_stamps(socket, bridge);
  std::array<Instant, kSize> times;
  for (const Call& call : std::span(calls_).first(call_count_)) {
    spread_send_times(call.before, call.after, std::span(stamps_).subspan(call.first, call.count),
                      std::span(times).first(call.count));
    for (std::size_t i = 0; i < call.count; ++i) *results_[call.first + i] = {times[i], 0};
  }
  count_ = 0;
}

void SendBatch::hand_over(PacketSocket& socket) {
  call_count_ = 0;
  keys_in_doubt_ = false;
  int patience = 2;
  int interruptions = 16;
  for (std::size_t done = 0; done < count_;) {
    const Instant before = BootClock::now();
    const int sent =
        ::sendmmsg(socket.descriptor(), messages_.data() + done, static_cast<unsigned>(count_ - done), MSG_DONTWAIT);
    const int error = sent < 0 ? errno : 0;
    const Instant after = BootClock::now();
    if (sent > 0) {
      const auto handed = static_cast<std::size_t>(sent);
      calls_[call_count_++] = {done, handed, before, after};
      done += handed;
      continue;
    }
    // Whether a refused packet uses up the number of its stamp depends on the kernel and on who refused it.
    if (asks_for_stamp(done)) keys_in_doubt_ = true;
    if (error == EINTR && interruptions-- > 0) continue;
    if ((error == EAGAIN || error == ENOBUFS) && patience-- > 0) {
      // A waiting send stamp would end the wait at once.
      socket.drop_send_stamps();
      pollfd writable{socket.descriptor(), POLLOUT, 0};
      ::poll(&writable, 1, 1);
      continue;
    }
    *results_[done++] = {after, error};
  }
}

void SendBatch::read_stamps(PacketSocket& socket, ClockBridge& bridge) {
  std::fill_n(stamps_.begin(), count_, std::nullopt);
  std::array<std::size_t, kMostStamps> asked;
  std::size_t asked_count = 0;
  for (const Call& call : std::span(calls_).first(call_count_)) {
    for (std::size_t i = call.first; i < call.first + call.count; ++i) {
      if (asks_for_stamp(i)) asked[asked_count++] = i;
    }
  }
  // Stamps that came too late for an earlier batch may stand in front; there is room for a few.
  std::array<SendStamp, kMostStamps + 8> read;
  const std::size_t count = socket.read_send_stamps(read);
  if (count == read.size()) socket.drop_send_stamps();
  if (count > 0) bridge.update(ClockBridge::read());
  // With a refused packet only the order is known, which is enough if no stamp is missing.
  const bool by_order = keys_in_doubt_ && count == asked_count;
  const bool by_key = !keys_in_doubt_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t position = by_key ? read[i].key - next_key_ : static_cast<std::uint32_t>(by_order ? i : kSize);
    if (position < asked_count) {
      stamps_[asked[position]] = bridge.convert(read[i].wall);
    } else if (position < kStale) {
      keys_in_doubt_ = true;  // a number that was not given yet: somebody else has sent, or we have miscounted
    }
  }
  next_key_ += static_cast<std::uint32_t>(asked_count);
  if (keys_in_doubt_) {
    socket.restart_stamp_keys();
    next_key_ = 0;
  }
}

}  // namespace blipd

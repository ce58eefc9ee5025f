#include "probes/receive_batch.h"

#include <netinet/in.h>
#include <time.h>
// The kernel's header below uses timespec without including it.
#include <linux/errqueue.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

namespace blipd {

ReceiveBatch::ReceiveBatch() {
  for (std::size_t i = 0; i < kSize; ++i) {
    parts_[i] = {bytes_[i].data(), bytes_[i].size()};
    msghdr& header = messages_[i].msg_hdr;
    header.msg_name = &sources_[i];
    header.msg_iov = &parts_[i];
    header.msg_iovlen = 1;
    header.msg_control = controls_[i].bytes.data();
  }
}

std::size_t ReceiveBatch::read(int descriptor, ClockBridge& bridge) {
  for (std::size_t i = 0; i < kSize; ++i) {
    messages_[i].msg_hdr.msg_namelen = sizeof(SocketAddress);
    messages_[i].msg_hdr.msg_controllen = controls_[i].bytes.size();
  }
  int count = -1;
  for (int tries = 0; tries < 16 && count < 0; ++tries) {
    count = ::recvmmsg(descriptor, messages_.data(), kSize, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno != EINTR) return 0;
  }
  if (count <= 0) return 0;
  const ClockBridge::Reading reading = ClockBridge::read();
  bridge.update(reading);
  const auto received = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < received; ++i) take(i, bridge, reading.after);
  return received;
}

void ReceiveBatch::take(std::size_t index, const ClockBridge& bridge, Instant read_at) {
  mmsghdr& message = messages_[index];
  ReceivedPacket& packet = packets_[index];
  packet.bytes = Bytes(bytes_[index]).first(std::min<std::size_t>(message.msg_len, kPacketRoom));
  packet.from = from_socket_address(&sources_[index].base);
  packet.hop_limit = 0;
  std::optional<Instant> stamp;
  msghdr& header = message.msg_hdr;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPING) {
      scm_timestamping stamps{};
      std::memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
      stamp =
          bridge.convert(std::chrono::seconds(stamps.ts[0].tv_sec) + std::chrono::nanoseconds(stamps.ts[0].tv_nsec));
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_HOPLIMIT) {
      int hop_limit = 0;
      std::memcpy(&hop_limit, CMSG_DATA(control), sizeof hop_limit);
      packet.hop_limit = static_cast<std::uint8_t>(hop_limit);
    }
  }
  if (!stamp) ++unstamped_;
  packet.received = stamp.value_or(read_at);
}

}  // namespace blipd

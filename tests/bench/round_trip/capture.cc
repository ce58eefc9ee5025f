#include "tests/bench/round_trip/capture.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "probes/wire/bytes.h"

namespace blipd::bench {
namespace {

constexpr unsigned kBlockSize = 1U << 20U;
constexpr unsigned kBlocks = 128;
constexpr unsigned kFrameSize = 2048;
constexpr std::size_t kRingSize = std::size_t{kBlockSize} * kBlocks;
/// A block that is not full is handed over after this many milliseconds.
constexpr unsigned kRetireAfter = 20;

constexpr std::uint32_t kIcmp = ETH_HLEN + 20;
constexpr std::uint32_t kTag = kIcmp + 8;
constexpr std::uint32_t kTagEnd = kTag + 12;

/// Echo requests on their way out, and echo replies on their way in; of them as much as is looked at. On loopback every
/// packet comes by twice.
std::array<sock_filter, 15> filter() {
  const auto op = [](unsigned code, std::uint32_t value, unsigned yes = 0, unsigned no = 0) {
    return sock_filter{static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no),
                       value};
  };
  constexpr unsigned kByte = BPF_LD | BPF_B | BPF_ABS;
  constexpr unsigned kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr auto kDirection = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
  return {op(BPF_LD | BPF_H | BPF_ABS, 12),
          op(kEqual, ETH_P_IP, 0, 11),
          op(kByte, ETH_HLEN),
          op(kEqual, 0x45, 0, 9),
          op(kByte, ETH_HLEN + 9),
          op(kEqual, IPPROTO_ICMP, 0, 7),
          op(kByte, kIcmp),
          op(kEqual, 8, 0, 2),
          op(kByte, kDirection),
          op(kEqual, PACKET_OUTGOING, 4, 3),
          op(kEqual, 0, 0, 2),
          op(kByte, kDirection),
          op(kEqual, PACKET_HOST, 1, 0),
          op(BPF_RET | BPF_K, 0),
          op(BPF_RET | BPF_K, kTagEnd)};
}

Error failed(const char* call) { return {std::string("capture: ") + call + ": " + describe_errno(errno)}; }

}  // namespace

Result<std::unique_ptr<Capture>> Capture::start(std::size_t most, int core) {
  const int descriptor = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed("socket");
  const auto fail = [&](const char* call) {
    const Error error = failed(call);
    ::close(descriptor);
    return error;
  };
  std::array<sock_filter, 15> program = filter();
  const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) != 0) return fail("filter");
  const int version = TPACKET_V3;
  if (::setsockopt(descriptor, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) return fail("TPACKET_V3");
  tpacket_req3 ring{};
  ring.tp_block_size = kBlockSize;
  ring.tp_block_nr = kBlocks;
  ring.tp_frame_size = kFrameSize;
  ring.tp_frame_nr = static_cast<unsigned>(kRingSize / kFrameSize);
  ring.tp_retire_blk_tov = kRetireAfter;
  if (::setsockopt(descriptor, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) != 0) return fail("ring");
  void* mapped = ::mmap(nullptr, kRingSize, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) return fail("mmap");
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    ::munmap(mapped, kRingSize);
    return fail("bind");
  }
  std::unique_ptr<Capture> capture(new Capture(descriptor, static_cast<std::uint8_t*>(mapped), most));
  capture->thread_ = std::thread([&self = *capture, core] { self.run(core); });
  return capture;
}

Capture::Capture(int descriptor, std::uint8_t* ring, std::size_t most) : descriptor_(descriptor), ring_(ring) {
  packets_.reserve(most);
}

Capture::~Capture() {
  stop();
  ::munmap(ring_, kRingSize);
  ::close(descriptor_);
}

void Capture::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  thread_.join();
  tpacket_stats_v3 stats{};
  socklen_t length = sizeof stats;
  if (::getsockopt(descriptor_, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0) drops_ += stats.tp_drops;
}

void Capture::run(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
  for (unsigned next = 0;;) {
    std::uint8_t* block = ring_ + std::size_t{next} * kBlockSize;
    std::uint32_t& status = reinterpret_cast<tpacket_block_desc*>(block)->hdr.bh1.block_status;
    if ((__atomic_load_n(&status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) {
      // What came before the stop is in a block that is handed over within kRetireAfter.
      const bool last = stopping_;
      pollfd readable{descriptor_, POLLIN | POLLERR, 0};
      if (::poll(&readable, 1, 5 * static_cast<int>(kRetireAfter)) == 0 && last) return;
      continue;
    }
    read_block(block);
    __atomic_store_n(&status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    next = (next + 1) % kBlocks;
  }
}

void Capture::read_block(const std::uint8_t* block) {
  const tpacket_hdr_v1& header = reinterpret_cast<const tpacket_block_desc*>(block)->hdr.bh1;
  const std::uint8_t* at = block + header.offset_to_first_pkt;
  for (std::uint32_t i = 0; i < header.num_pkts; ++i) {
    const auto& packet = *reinterpret_cast<const tpacket3_hdr*>(at);
    const Bytes bytes(at + packet.tp_mac, packet.tp_snaplen);
    at += packet.tp_next_offset;
    if (bytes.size() < kTagEnd) continue;
    ByteReader tag(bytes.subspan(kTag));
    const ProbeName name{tag.u32(), tag.u32(), tag.u32()};
    if (packets_.size() == packets_.capacity()) {
      ++drops_;
      continue;
    }
    packets_.push_back(
        {name, bytes[kIcmp] == 0, std::chrono::seconds(packet.tp_sec) + std::chrono::nanoseconds(packet.tp_nsec)});
  }
}

}  // namespace blipd::bench

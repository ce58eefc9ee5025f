// The floor: what it costs to send the packets and read the answers, and nothing else. One raw ICMP socket, sendmmsg
// and recvmmsg of 64, kernel receive stamps, no state. Paced at a rate, or with --rate=0 as fast as answers come, with
// at most --flight packets unanswered.
#include <arpa/inet.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "probes/clock.h"
#include "probes/wire/checksum.h"

namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kPacket = 8 + 56;
constexpr std::uint16_t kIdentifier = 0x4b50;

struct Options {
  double rate = 10000;
  double seconds = 10;
  std::uint32_t hosts = 10000;
  std::uint32_t first = 0x7f010000U;  ///< address of the first host, in host byte order
  double flight = 0;                  ///< at most so many unanswered; 0: no matter
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Sends and receives in batches of fixed buffers.
class Loop {
 public:
  Loop(int fd, std::uint32_t first_host) : fd_(fd), first_host_(first_host) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      out_[i] = {ICMP_ECHO, 0, 0, 0, kIdentifier >> 8U, kIdentifier & 0xffU};
      to_[i] = {};
      to_[i].sin_family = AF_INET;
      out_vector_[i] = {out_[i].data(), kPacket};
      out_message_[i].msg_hdr = {&to_[i], sizeof(to_[i]), &out_vector_[i], 1, nullptr, 0, 0};
      in_vector_[i] = {in_[i].data(), in_[i].size()};
      in_message_[i].msg_hdr = {&from_[i], sizeof(from_[i]), &in_vector_[i], 1, control_[i].data(), control_[i].size(),
                                0};
    }
  }

  std::size_t send(std::uint32_t first, std::size_t count, std::uint32_t hosts) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto host = static_cast<std::uint32_t>((first + i) % hosts);
      to_[i].sin_addr.s_addr = htonl(first_host_ + host);
      std::array<std::uint8_t, kPacket>& packet = out_[i];
      std::memcpy(packet.data() + 8, &host, sizeof(host));
      packet[2] = packet[3] = 0;
      const std::uint16_t sum = blipd::checksum(packet);
      packet[2] = static_cast<std::uint8_t>(sum >> 8U);
      packet[3] = static_cast<std::uint8_t>(sum & 0xffU);
    }
    const int sent = ::sendmmsg(fd_, out_message_.data(), static_cast<unsigned>(count), 0);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  std::size_t receive() {
    std::size_t total = 0;
    for (;;) {
      for (mmsghdr& message : in_message_) {
        message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
        message.msg_hdr.msg_controllen = control_[0].size();
      }
      const int got = ::recvmmsg(fd_, in_message_.data(), kBatch, MSG_DONTWAIT, nullptr);
      if (got <= 0) return total;
      for (int i = 0; i < got; ++i) total += in_[static_cast<std::size_t>(i)][20] == ICMP_ECHOREPLY ? 1U : 0U;
    }
  }

 private:
  int fd_;
  std::uint32_t first_host_;
  std::array<std::array<std::uint8_t, kPacket>, kBatch> out_{};
  std::array<sockaddr_in, kBatch> to_{};
  std::array<iovec, kBatch> out_vector_{};
  std::array<mmsghdr, kBatch> out_message_{};
  std::array<std::array<std::uint8_t, 256>, kBatch> in_{};
  std::array<sockaddr_in, kBatch> from_{};
  std::array<std::array<std::uint8_t, 128>, kBatch> control_{};
  std::array<iovec, kBatch> in_vector_{};
  std::array<mmsghdr, kBatch> in_message_{};
};

int open_socket() {
  const int fd = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0) return fd;
  const int buffer = 8 << 20;
  // The first is refused to all but root of the machine.
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
  }
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  // Echo replies only: our own requests come back over loopback and are dropped by the kernel.
  icmp_filter filter{};
  filter.data = ~(1U << ICMP_ECHOREPLY);
  ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
  return fd;
}

bool read_option(const std::string& argument, const char* name, double& value) {
  const std::string prefix = std::string("--") + name + "=";
  if (!argument.starts_with(prefix)) return false;
  value = std::strtod(argument.c_str() + prefix.size(), nullptr);
  return true;
}

bool read_first(const std::string& argument, std::uint32_t& first) {
  const std::string prefix = "--first=";
  in_addr address{};
  if (!argument.starts_with(prefix) || ::inet_pton(AF_INET, argument.c_str() + prefix.size(), &address) != 1) {
    return false;
  }
  first = ntohl(address.s_addr);
  return true;
}

/// What is unanswered so long is given up.
constexpr double kPatience = 1;

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    double hosts = options.hosts;
    if (!read_option(argv[i], "rate", options.rate) && !read_option(argv[i], "seconds", options.seconds) &&
        !read_option(argv[i], "hosts", hosts) && !read_option(argv[i], "flight", options.flight) &&
        !read_first(argv[i], options.first)) {
      std::fprintf(stderr,
                   "usage: floor [--rate=PER_SECOND|0] [--flight=N] [--seconds=N] [--hosts=N] [--first=IPV4]\n");
      return 2;
    }
    options.hosts = static_cast<std::uint32_t>(hosts);
  }
  const int fd = open_socket();
  if (fd < 0) {
    std::fprintf(stderr, "floor: raw socket: %s\n", std::strerror(errno));
    return 1;
  }
  Loop loop(fd, options.first);
  const blipd::Instant start = blipd::BootClock::now();
  const double cpu_before = cpu_seconds();
  std::uint64_t sent = 0;
  std::uint64_t replies = 0;
  std::uint64_t given_up = 0;
  double last_reply = 0;
  double elapsed = 0;
  for (std::uint32_t next = 0;;) {
    elapsed = blipd::to_seconds(blipd::BootClock::now() - start);
    if (elapsed >= options.seconds) break;
    if (options.flight > 0 && static_cast<double>(sent - replies - given_up + kBatch) > options.flight) {
      pollfd readable{fd, POLLIN, 0};
      ::poll(&readable, 1, 10);
      const std::size_t more = loop.receive();
      replies += more;
      if (more > 0) last_reply = elapsed;
      if (elapsed - last_reply > kPatience) given_up = sent - replies;
      continue;
    }
    if (options.rate > 0) {
      const double due = static_cast<double>(next + kBatch) / options.rate;
      if (due > elapsed) {
        const auto wait = static_cast<long>((due - elapsed) * 1e9);
        const timespec pause{wait / 1'000'000'000, wait % 1'000'000'000};
        ::nanosleep(&pause, nullptr);
      }
    }
    sent += loop.send(next, kBatch, options.hosts);
    next += kBatch;
    replies += loop.receive();
  }
  const double cpu = cpu_seconds() - cpu_before;
  const std::uint64_t in_time = replies;
  // What is on its way still counts as answered, but not into the rate.
  for (pollfd readable{fd, POLLIN, 0}; replies<sent&& ::poll(&readable, 1, 1000)> 0;) replies += loop.receive();
  ::close(fd);
  std::printf(
      "{\"sent\": %llu, \"replies\": %llu, \"replies_per_second\": %.0f, \"cpu_us_per_probe\": %.3f, \"cpu_share\": "
      "%.2f}\n",
      static_cast<unsigned long long>(sent), static_cast<unsigned long long>(replies),
      static_cast<double>(in_time) / elapsed, cpu * 1e6 / static_cast<double>(sent), cpu / elapsed);
  return 0;
}

// A packet capture of the echo requests that leave through the loopback interface and of the replies that arrive there,
// with the kernel's stamps: what tcpdump would see, kept as numbers. A ring shared with the kernel (TPACKET_V3), read
// by a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "probes/result.h"

namespace blipd::bench {

/// Names one probe, as its packets do (probes/wire/icmp_echo.h).
struct ProbeName {
  std::uint32_t block = 0;
  std::uint32_t place = 0;
  std::uint32_t slot = 0;
  friend auto operator<=>(const ProbeName&, const ProbeName&) = default;
};

struct CapturedPacket {
  ProbeName name;
  bool reply = false;
  std::chrono::nanoseconds wall{};  ///< since 1970, of the kernel's clock of wall time
};

class Capture {
 public:
  /// `most`: packets there is room for. The thread runs on `core`.
  static Result<std::unique_ptr<Capture>> start(std::size_t most, int core);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();

  /// Ends the thread when what has arrived is read.
  void stop();
  /// After `stop`, in the order of arrival.
  const std::vector<CapturedPacket>& packets() const { return packets_; }
  /// After `stop`: packets that found no room in the ring or here.
  std::uint64_t drops() const { return drops_; }

 private:
  Capture(int descriptor, std::uint8_t* ring, std::size_t most);
  void run(int core);
  void read_block(const std::uint8_t* block);

  int descriptor_;
  std::uint8_t* ring_;
  std::vector<CapturedPacket> packets_;
  std::uint64_t drops_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace blipd::bench

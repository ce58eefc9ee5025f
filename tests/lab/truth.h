// What really happened in the lab: counts per network and protocol, in total and by second of arrival, and their JSON.
//
// Every request (an echo request, a SYN) ends in exactly one way: requests = answered + late + lost + errors. What
// counts is the packet that reached the vantage: an answer that was lost on its way back makes its request a lost one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "probes/result.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;      ///< a reply after the network's own delay
  std::uint64_t late = 0;          ///< a reply after the extra delay of late replies
  std::uint64_t lost = 0;          ///< no answer, for whatever reason
  std::uint64_t errors = 0;        ///< an ICMP error in place of the reply
  std::uint64_t dark = 0;          ///< those of `lost` that met an outage, flapping, a silent host or a silent port
  std::uint64_t duplicates = 0;    ///< second copies of replies
  std::uint64_t forged = 0;        ///< forged replies sent besides
  std::uint64_t stray = 0;         ///< stray replies sent besides
  std::uint64_t lost_forward = 0;  ///< packets that `loss_forward` took
  std::uint64_t lost_back = 0;     ///< packets that `loss_back` took

  void add(const Counts& other);
};

/// A request is a SYN here, a reply the first SYN-ACK or the reset that answers it.
struct TcpCounts : Counts {
  std::uint64_t refused = 0;             ///< those of `answered` and `late` that were resets
  std::uint64_t repeats = 0;             ///< SYN-ACKs sent again because no answer to them came
  std::uint64_t repeats_lost = 0;        ///< those of `repeats` that `loss_back` took
  std::uint64_t resets = 0;              ///< resets that came from the vantage
  std::uint64_t connections = 0;         ///< handshakes that the vantage completed
  std::uint64_t responses = 0;           ///< HTTP requests that were answered
  std::uint64_t responses_repeated = 0;  ///< times a response was sent again because it was not acknowledged

  void add(const TcpCounts& other);
};

/// Enough for any test, and bounded for a lab that is left running.
inline constexpr std::size_t kSecondsKept = 3600;

/// The counts of one network and protocol.
template <class Sums>
struct Ledger {
  struct Second {
    std::int64_t second = 0;  ///< since time zero
    Sums counts;
  };
  Sums total;
  std::deque<Second> seconds;  ///< with something in them, in time order, the newest `kSecondsKept`

  void book(Elapsed now, const Sums& counts) {
    total.add(counts);
    const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).count();
    if (seconds.empty() || seconds.back().second != second) {
      seconds.push_back({second, {}});
      if (seconds.size() > kSecondsKept) seconds.pop_front();
    }
    seconds.back().counts.add(counts);
  }
};

struct NetworkTruth {
  std::string name;
  Ledger<Counts> icmp;
  Ledger<TcpCounts> tcp;
};

/// A span in which the lab itself got no processor: whatever fell into it was answered late, by no rule of the
/// scenario.
struct HoldUp {
  Elapsed from{};
  Elapsed to{};
};
inline constexpr std::size_t kHoldUpsKept = 1000;

struct Truth {
  std::vector<NetworkTruth> networks;
  std::deque<HoldUp> held_up;             ///< in time order, the newest `kHoldUpsKept`
  std::uint64_t bad_checksum = 0;         ///< echo requests and TCP segments not answered because of it
  std::uint64_t unknown_destination = 0;  ///< echo requests and TCP segments to no network of the scenario
  std::uint64_t ignored = 0;              ///< packets that are neither
  std::uint64_t untracked = 0;            ///< SYN-ACKs that are not repeated because the lab's table was full
  std::uint64_t device_drops = 0;         ///< packets the TUN device dropped before the lab saw them
  std::uint64_t write_failures = 0;       ///< answers the TUN device refused
};

/// `complete`: the lab has ended, these are the last numbers.
std::string truth_json(const Truth& truth, std::uint64_t seed, Elapsed elapsed, bool complete);

/// Replaces `path` in one step: a reader sees the old text or the new one.
Result<void> write_file_atomically(const std::string& path, const std::string& text);

}  // namespace blipd::lab

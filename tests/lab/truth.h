// What really happened in the lab: counts per network, in total and by second of arrival, and their JSON.
//
// Every request ends in exactly one way: requests = answered + late + lost + errors.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "probes/result.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;    ///< a reply after the network's own delay
  std::uint64_t late = 0;        ///< a reply after the extra delay of late replies
  std::uint64_t lost = 0;        ///< no answer, for whatever reason
  std::uint64_t errors = 0;      ///< an ICMP error in place of the reply
  std::uint64_t dark = 0;        ///< those of `lost` that met an outage, flapping or a silent host
  std::uint64_t duplicates = 0;  ///< second copies of replies
  std::uint64_t forged = 0;      ///< forged replies sent besides
  std::uint64_t stray = 0;       ///< stray replies sent besides

  void add(const Counts& other);
};

struct SecondCounts {
  std::int64_t second = 0;  ///< since time zero
  Counts counts;
};

struct NetworkTruth {
  std::string name;
  Counts total;
  std::deque<SecondCounts> seconds;  ///< with requests in them, in time order, the newest `kSecondsKept`
};

struct Truth {
  /// Enough for any test, and bounded for a lab that is left running.
  static constexpr std::size_t kSecondsKept = 3600;

  std::vector<NetworkTruth> networks;
  std::uint64_t bad_checksum = 0;         ///< echo requests not answered because of it
  std::uint64_t unknown_destination = 0;  ///< echo requests to no network of the scenario
  std::uint64_t ignored = 0;              ///< packets that are no echo requests
  std::uint64_t device_drops = 0;         ///< packets the TUN device dropped before the lab saw them
  std::uint64_t write_failures = 0;       ///< answers the TUN device refused

  /// Adds to a network's total and to its second.
  void book(std::size_t network, Elapsed now, const Counts& counts);
};

/// `complete`: the lab has ended, these are the last numbers.
std::string truth_json(const Truth& truth, std::uint64_t seed, Elapsed elapsed, bool complete);

/// Replaces `path` in one step: a reader sees the old text or the new one.
Result<void> write_file_atomically(const std::string& path, const std::string& text);

}  // namespace blipd::lab

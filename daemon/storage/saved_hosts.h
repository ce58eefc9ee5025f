// What is kept of hosts over a restart, and the bytes it is kept as. All numbers are big-endian.
//
//   hosts of a network:  version(1) modules(2), then for each module
//     key of its name(8)  size of a record(2)  records(4), then the records:
//       address(16) outcomes(8) how many of them are known(1) failures in a row(1)
//       hop limit(1) suspects in a row(1) outcomes learned from(2) own loss, as an IEEE float(4)
//         round-trip time(4) its variation(4) usual round-trip time(4), in microseconds
//       key of the name by which the host is asked(8), of modules that ask by name
//
// A record may grow at its end by a line like these: what a decoder does not know of a record it passes over, and what
// a record does not have is not known. Anything else that changes the meaning is a new version, which an older decoder
// refuses; what it stood for is then learned anew.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/target.h"
#include "probes/clock.h"
#include "probes/wire/bytes.h"

namespace blipd {

struct SavedHost {
  Address address;
  std::uint64_t outcomes = 0;  ///< this and what follows, but for the name, as in TargetState
  std::uint8_t outcomes_known = 0;
  std::uint8_t failure_run = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t suspect_run = 0;
  std::uint16_t learned = 0;
  float own_loss = 0;  ///< 0 to 1
  std::uint32_t rtt_us = 0;
  std::uint32_t rtt_variation_us = 0;
  std::uint32_t usual_rtt_us = 0;
  std::int64_t name = 0;  ///< stable_key of the name by which the host is asked; 0: by its address
};

struct SavedModuleHosts {
  std::int64_t module = 0;  ///< stable_key of its name
  std::vector<SavedHost> hosts;
};

/// What is known of a host, as it is kept and as it was.
SavedHost saved_host(const TargetState& target, std::int64_t name);
TargetState known_host(const SavedHost& host);

/// Writes the hosts of a network bit by bit, so that a million of them need not be there at once.
class HostsEncoder {
 public:
  HostsEncoder();
  /// The hosts that follow are of this module. `named`: it asks by name.
  void begin_module(std::int64_t module, bool named);
  void add(const SavedHost& host);
  /// The bytes. Nothing is left.
  std::vector<std::uint8_t> take();

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t modules_ = 0;
  std::size_t count_at_ = 0;  ///< where the number of this module's records stands
  std::size_t records_ = 0;
  bool named_ = false;
};

std::vector<std::uint8_t> encode_hosts(const std::vector<SavedModuleHosts>& modules);
/// Any bytes. Nullopt if they are none of ours, cut short, or of a newer version.
std::optional<std::vector<SavedModuleHosts>> decode_hosts(Bytes bytes);

}  // namespace blipd

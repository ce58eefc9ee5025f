// A scenario: which networks the lab plays and how each behaves. The file format is described in docs/lab.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/result.h"
#include "tests/lab/ip.h"

namespace blipd::lab {

/// Time since time zero, the start of the command.
using Elapsed = std::chrono::nanoseconds;

/// Silence from `from` until just before `to`.
struct Outage {
  Elapsed from{};
  Elapsed to{};
};

/// From `from` on, each `period` ends with `down` of silence.
struct Flapping {
  Elapsed period{};
  Elapsed down{};
  Elapsed from{};
};

struct LateReplies {
  double probability = 0;
  Elapsed delay{};  ///< added to the reply's own
};

/// An ICMP error in place of the reply.
struct ErrorAnswers {
  double probability = 0;
  std::uint8_t type = 3;
  std::uint8_t code = 1;
  std::uint8_t type6 = 1;
  std::uint8_t code6 = 3;
  std::optional<Ip> from;
  std::optional<Ip> from6;
  std::size_t quote = SIZE_MAX;  ///< bytes behind the quoted IP header; the quote is cut where a router must
};

/// How hosts behave. Probabilities are per request and independent.
struct Behaviour {
  Elapsed delay{};
  Elapsed jitter{};  ///< uniform, added to `delay`
  double loss = 0;
  bool silent = false;
  double duplicate = 0;
  LateReplies late;
  double forge = 0;
  double stray = 0;
  ErrorAnswers error;
  std::vector<Outage> outages;
  std::optional<Flapping> flapping;

  bool dark_at(Elapsed now) const;
};

struct NetworkScenario {
  std::string name;
  std::vector<IpPrefix> prefixes;
  std::uint64_t silent_hosts = 0;  ///< the first ones, counted through the prefixes in their order
  Behaviour behaviour;
  std::map<Ip, Behaviour> hosts;  ///< hosts that behave in another way
};

struct Scenario {
  std::uint64_t seed = 1;
  Ip address;                   ///< the vantage's IPv4 address
  Ip address6;                  ///< its IPv6 address
  bool default_routes = false;  ///< everything is routed to the lab, not only the networks
  std::vector<Outage> outages;  ///< of everything
  std::vector<NetworkScenario> networks;
};

bool within(const std::vector<Outage>& outages, Elapsed now);

/// Reads and decodes a file. The error is "FILE:LINE:COLUMN: what is wrong", the first in the file.
Result<Scenario> load_scenario(const std::string& path);
/// The same for text in memory; `name` stands for the file.
Result<Scenario> parse_scenario(const std::string& text, const std::string& name);

}  // namespace blipd::lab

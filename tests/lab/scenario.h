// A scenario: which networks the lab plays and how each behaves. The file format is described in docs/lab.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

/// Which ports of a host answer.
struct PortBehaviour {
  std::vector<std::uint16_t> open;
  bool closed_silent = true;  ///< all others send nothing, not even a reset
};

/// A span of time in which a web site does not do what it should, though its host lives.
struct DeadSite {
  enum class Answer { silence, reset, status };
  Outage span;
  Answer answer = Answer::silence;
  unsigned status = 0;  ///< with Answer::status
};

/// A web server. Its ports are open.
struct HttpBehaviour {
  std::vector<std::uint16_t> ports;
  unsigned status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<DeadSite> dead;

  bool serves(std::uint16_t port) const;
  /// The span that `now` lies in, or null.
  const DeadSite* dead_at(Elapsed now) const;
  /// Of a response sent now.
  unsigned status_at(Elapsed now) const;
};

/// What a port does with a SYN.
enum class PortAnswer { open, closed, silent };

/// How hosts behave. Probabilities are per request (an echo request or a SYN) and independent.
struct Behaviour {
  Elapsed delay{};
  Elapsed jitter{};  ///< uniform, added to `delay`
  double loss = 0;
  double loss_forward = 0;  ///< of each packet towards the host
  double loss_back = 0;     ///< of each packet from it
  bool silent = false;
  double duplicate = 0;
  LateReplies late;
  double forge = 0;
  double stray = 0;
  ErrorAnswers error;
  std::vector<Outage> outages;
  std::optional<Flapping> flapping;
  PortBehaviour tcp;
  HttpBehaviour http;

  bool dark_at(Elapsed now) const;
  PortAnswer port_at(std::uint16_t port, Elapsed now) const;
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

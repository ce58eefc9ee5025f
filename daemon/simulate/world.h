// A whole network whose truth is known, in virtual time. It knows nothing of bytes or sockets: it is asked what becomes
// of a packet to an address at a moment, and answers at once.
//
// Same scenario, same seed, same vantage: same network, whoever asks and how often. Incidents, noise and the lives of
// hosts are functions of time alone, from seeds of their own that depend on a network's name and not on its place in
// the file. What happens to one packet by itself (random loss, jitter) is drawn from a hash of the host, the moment and
// the caller's nonce. Only token buckets know who asked: they are what they are because of it. A packet meets the
// conditions of the moment it is sent, on both ways.
//
// Used by one thread. Asking allocates nothing unless counts are recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/simulate/incident.h"
#include "daemon/simulate/scenario.h"
#include "daemon/simulate/timeline.h"
#include "daemon/simulate/truth.h"
#include "probes/address.h"
#include "probes/clock.h"
#include "probes/prober.h"

namespace blipd {

enum class FateKind : std::uint8_t {
  lost,
  reply,      ///< an echo reply, a SYN-ACK
  refused,    ///< a reset
  icmp_error  ///< `error` from the router `from`
};

/// Why a packet got no answer from its host.
enum class LossCause : std::uint8_t {
  none,         ///< it did
  vantage,      ///< our own side lost it
  incident,     ///< of the network
  noise,        ///< the network's or the host's usual bursts
  no_host,      ///< nobody has that address now
  silent_host,  ///< never answers; or silent to TCP
  host_off,     ///< off for the night, or restarting
  rate_limit,   ///< the host's own, or of an incident
  host_loss     ///< the host's usual loss
};
inline constexpr std::size_t kLossCauses = 9;
std::string_view to_string(LossCause cause);

inline constexpr std::uint32_t kNoIncident = 0xffffffffU;

struct Fate {
  FateKind kind = FateKind::lost;
  LossCause why = LossCause::none;
  bool on_the_way_back = false;          ///< lost packets: the request did arrive
  std::uint8_t hop_limit = 0;            ///< of the answer
  IcmpErrorCode error;                   ///< icmp_error; of ICMPv6 if the packet is IPv6
  Address from;                          ///< who answers
  Duration after{};                      ///< from sending to the answer
  std::uint32_t incident = kNoIncident;  ///< index in World::truth(), if an incident did it
};

class World {
 public:
  /// `vantage`: the name of the one that watches; empty: as the scenario says.
  World(Scenario scenario, std::uint64_t seed, std::string vantage = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// `at` counts from the scenario's start and never goes back for packets to hosts of one network; negative times are
  /// those of the start. `nonce` tells packets of one moment to one host apart.
  Fate send(const Address& to, Protocol protocol, Duration at, std::uint64_t nonce);

  const Scenario& scenario() const { return scenario_; }
  std::uint64_t seed() const { return seed_; }
  const std::string& vantage() const { return vantage_; }
  /// Everything that happens, known from the start: of our own side first, then network by network, each by start.
  std::span<const TrueIncident> truth() const { return truth_; }

  /// References are no network here.
  std::size_t networks() const { return networks_.size() - (scenario_.references ? 1 : 0); }
  const std::string& network_name(std::size_t network) const { return networks_[network].name; }
  /// At the start.
  const std::vector<Address>& hosts_of(std::size_t network) const { return networks_[network].addresses; }
  /// Of whoever has, had or will have that address; nullopt for references and strangers.
  std::optional<std::size_t> network_of(const Address& address) const;

  /// Counts packets from now on, per network in stretches of `bucket`, whole ones from the scenario's start.
  void record(Duration bucket);
  struct Counts {
    std::int64_t bucket = 0;  ///< number of the stretch
    std::uint32_t asked = 0;
    std::uint32_t by_cause[kLossCauses] = {};
  };
  /// Zero if nothing is recorded.
  Duration recorded_bucket() const { return bucket_; }
  std::span<const Counts> counts_of(std::size_t network) const { return networks_[network].counts; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  /// A host at an address for a time; others may have it at other times.
  struct Stay {
    Address address;
    std::uint32_t host = 0;
    std::uint32_t next = kNone;  ///< of the same address
    Duration from{};
    Duration to{};
  };
  struct AddressHash {
    std::size_t operator()(const Address& address) const;
  };
  struct Host {
    std::uint64_t seed = 0;
    GilbertElliott noise;
    Duration delay{};
    Duration phase{};  ///< of `group->off`
    const HostGroup* group = nullptr;
    double loss = 0;
    std::uint32_t network = 0;
    std::uint32_t number = 0;  ///< within the network
    std::uint32_t prefix = 0;
    std::uint32_t restarts = kNone;  ///< index in restarts_
    std::uint32_t limit = kNone;     ///< index in limits_
    std::uint8_t hop_limit = 64;
    bool tail = false;
  };
  struct Network {
    std::string name;
    const NetworkSpec* spec = nullptr;
    GilbertElliott noise;
    Timeline timeline;
    std::vector<Incident> incidents;
    std::vector<std::uint32_t> truths;  ///< by incident: index in truth_
    std::vector<Address> addresses;
    Address inside4;  ///< the router inside, for packets of each family it has prefixes of
    Address inside6;
    std::vector<Counts> counts;
  };

  // world_build.cc
  void add_network(const NetworkSpec& spec, std::size_t index, std::string name);
  void add_hosts(Network& network, std::size_t index, std::uint64_t seed);
  void add_host(Network& network, const HostGroup& group, const Address& address, std::uint64_t seed);
  void add_incidents(Network& network, std::size_t index, std::uint64_t seed, std::size_t first_host,
                     std::size_t first_stay);
  void add_stay(const Address& address, std::uint32_t host, Duration from, Duration to);
  void renumber(const Incident& incident, std::size_t first_host, std::size_t first_stay,
                const std::vector<Prefix>& prefixes);
  void add_vantage_incidents();
  /// The index of what was told.
  std::uint32_t tell(const Incident& incident, const std::string& network);
  bool sees(const IncidentSpec& spec) const { return spec.from.empty() || spec.from == vantage_; }

  const Stay* stay_at(const Address& address, Duration at, std::uint32_t& any_host) const;
  Fate decide(const Address& to, Protocol protocol, Duration at, std::uint64_t nonce, Host& host);
  // Each meets one stretch of the way. True: the packet ends there, and `fate` says how. A packet that will be lost on
  // its way back goes on, and `back` says why.
  bool meet_vantage(Duration at, Random& random, Fate& fate, Fate& back);
  bool meet_network(const Address& to, Host& host, Protocol protocol, Duration at, Random& random, Fate& fate,
                    Fate& back);
  bool meet_host(Host& host, Protocol protocol, Duration at, Random& random, Fate& fate, Fate& back);
  void answer(const Address& to, const Host& host, Protocol protocol, Random& random, Fate& fate) const;
  void answer_by_error(const Address& to, const Host& host, const Effect& effect, Random& random, Fate& fate) const;
  void count(Network& network, Duration at, LossCause why);

  Scenario scenario_;
  std::uint64_t seed_;
  std::string vantage_;
  std::uint64_t packet_seed_;  ///< packets of different vantages fare differently in one network
  std::vector<TrueIncident> truth_;
  std::vector<Network> networks_;
  std::vector<Host> hosts_;
  std::vector<Restarts> restarts_;
  std::vector<EchoLimit> limits_;
  std::vector<Stay> stays_;
  std::unordered_map<Address, std::uint32_t, AddressHash> first_stay_;
  std::vector<Incident> vantage_incidents_;
  std::vector<std::uint32_t> vantage_truths_;
  Timeline vantage_timeline_;
  Duration bucket_{};
};

}  // namespace blipd

// The TCP of the lab's hosts, without networks: segments in, segments out at once, and timers. Pure.
//
// A host does what a server's kernel does, as far as a prober and a web client can tell. An open port answers a SYN and
// repeats the SYN-ACK after 1, 3, 7, 15 and 31 s until an ACK or a reset comes (RFC 6298: the time doubles; Linux: five
// times); 32 s after the last it forgets. Behind a completed handshake, a web site answers the first request with one
// response and closes, sending both again after 1, 3 and 7 s while they are not acknowledged; any other open port
// acknowledges what comes and closes when the client does. Windows are not looked at, and nothing is kept of a request
// but whether its header has ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/lab/http_text.h"
#include "tests/lab/segments.h"
#include "tests/lab/truth.h"

namespace blipd::lab {

/// What a host sends.
struct Outgoing {
  Bytes packet;
  bool repeat = false;  ///< a SYN-ACK sent again
};

class TcpFlows {
 public:
  /// Connections that are known at once. Beyond them an open port answers each SYN once and remembers nothing.
  static constexpr std::size_t kMostFlows = 131072;

  explicit TcpFlows(std::size_t most = kMostFlows) : most_(most) {}

  /// A SYN comes to an open port that answers at `at`, not before now: the SYN-ACK. `fresh` is the sequence number of a
  /// new connection; a SYN that comes again gets the answer it had. `tracked` turns false if there is no room.
  Bytes accept(const Segment& syn, std::uint32_t fresh, Elapsed at, bool& tracked);

  /// Any segment but a SYN. `site`: what the port serves, or null. Adds to `counts` what it brings about.
  void receive(const Segment& segment, const HttpBehaviour* site, Elapsed now, std::vector<Outgoing>& out,
               TcpCounts& counts);

  /// When `pop_due` has something next.
  std::optional<Elapsed> next_timer() const;
  /// Whose timer is due, the earliest first. The caller asks `time_out` next, or `hush` if that host is dark.
  std::optional<Ends> due(Elapsed now) const;
  /// Takes the first timer's action.
  void time_out(const HttpBehaviour* site, std::vector<Outgoing>& out, TcpCounts& counts);
  /// The same without a word.
  void hush();

  std::size_t size() const { return flows_.size(); }

 private:
  using TimerKey = std::pair<Elapsed, std::uint64_t>;  ///< the second tells timers of one time apart
  struct EndsHash {
    std::size_t operator()(const Ends& ends) const;
  };
  enum class Stage { half_open, open, closing };
  struct Flow {
    Stage stage = Stage::half_open;
    Segment syn;                 ///< without its payload
    std::uint32_t first = 0;     ///< our SYN's sequence number
    std::uint32_t acked = 0;     ///< what the client has acknowledged
    std::uint32_t next = 0;      ///< one behind what we have sent
    std::uint32_t expected = 0;  ///< of the client
    std::uint32_t peer_stamp = 0;
    unsigned tries = 0;   ///< repeats since the last progress
    unsigned status = 0;  ///< of the response; 0: closes without one
    RequestReader request;
    TimerKey timer;
  };
  using Flows = std::unordered_map<Ends, Flow, EndsHash>;

  void arm(Flow& flow, Elapsed at);
  void erase(Flows::iterator found);
  bool advance_tries(Flow& flow);
  void take_acknowledgement(Flow& flow, const Segment& segment, Elapsed now);
  void take_data(Flow& flow, const Segment& segment, const HttpBehaviour* site, Elapsed now, std::vector<Outgoing>& out,
                 TcpCounts& counts);
  void close(Flow& flow, const HttpBehaviour* site, unsigned status, Elapsed now, std::vector<Outgoing>& out);
  void send_unacknowledged(const Flow& flow, const HttpBehaviour* site, Elapsed now, std::vector<Outgoing>& out) const;

  std::size_t most_;
  Flows flows_;
  std::map<TimerKey, Ends> timers_;  ///< one for each flow
  std::uint64_t armed_ = 0;
};

}  // namespace blipd::lab

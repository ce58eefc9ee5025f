// What becomes of one request, whatever its protocol: forged and stray extras, loss in either direction, an ICMP error
// in its place, late or in time, once or twice (docs/lab.md gives the order).
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "tests/lab/dice.h"
#include "tests/lab/packets.h"
#include "tests/lab/planned_packet.h"
#include "tests/lab/truth.h"

namespace blipd::lab {

/// A packet that came to a host that is not dark.
struct Arrival {
  std::span<const std::uint8_t> packet;
  const ParsedPacket& parsed;
  const Behaviour& behaviour;
  Elapsed now{};
  Elapsed at{};  ///< when an answer reaches the vantage
};

/// Whether `loss_back` takes a packet of the host's.
inline bool lost_back(Dice& dice, const Behaviour& behaviour, Counts& counts) {
  if (!dice.happens(behaviour.loss_back)) return false;
  ++counts.lost_back;
  return true;
}

inline Bytes error_about(const Arrival& arrival) {
  const ErrorAnswers& error = arrival.behaviour.error;
  if (arrival.parsed.destination.v6) {
    return icmp_error(arrival.packet, arrival.parsed, *error.from6, error.type6, error.code6, error.quote);
  }
  return icmp_error(arrival.packet, arrival.parsed, *error.from, error.type, error.code, error.quote);
}

inline Ip neighbour_of(Ip host) {
  host.bytes[host.size() - 1] ^= 1;
  return host;
}

/// Judges a request and plans what comes of it. `Answers` makes the packets: forged(), stray(neighbour), and
/// reply(extra), which leaves so much later than the request came.
template <class Answers>
Counts judge(Dice& dice, const Arrival& arrival, Answers& answers, std::vector<PlannedPacket>& out) {
  const Behaviour& behaviour = arrival.behaviour;
  Counts counts;
  counts.requests = 1;
  if (dice.happens(behaviour.forge)) {
    ++counts.forged;
    out.push_back({arrival.at, answers.forged()});
  }
  if (dice.happens(behaviour.stray)) {
    ++counts.stray;
    out.push_back({arrival.at, answers.stray(neighbour_of(arrival.parsed.destination))});
  }
  if (dice.happens(behaviour.loss)) {
    ++counts.lost;
    return counts;
  }
  if (dice.happens(behaviour.loss_forward)) {
    ++counts.lost_forward;
    ++counts.lost;
    return counts;
  }
  if (dice.happens(behaviour.error.probability)) {
    if (lost_back(dice, behaviour, counts)) {
      ++counts.lost;
    } else {
      ++counts.errors;
      out.push_back({arrival.at, error_about(arrival)});
    }
    return counts;
  }
  const bool late = dice.happens(behaviour.late.probability);
  const Elapsed extra = late ? behaviour.late.delay : Elapsed::zero();
  Bytes reply = answers.reply(extra);
  const bool twice = !late && dice.happens(behaviour.duplicate);
  unsigned arrived = 0;
  if (twice && !lost_back(dice, behaviour, counts)) {
    out.push_back({arrival.at, reply});
    ++arrived;
  }
  if (!lost_back(dice, behaviour, counts)) {
    out.push_back({arrival.at + extra, std::move(reply)});
    ++arrived;
  }
  if (arrived == 0) {
    ++counts.lost;
  } else {
    ++(late ? counts.late : counts.answered);
    counts.duplicates += arrived - 1;
  }
  return counts;
}

}  // namespace blipd::lab

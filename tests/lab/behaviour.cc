// What a behaviour means at a point in time.
#include <algorithm>

#include "tests/lab/scenario.h"

namespace blipd::lab {
namespace {

bool has(const std::vector<std::uint16_t>& ports, std::uint16_t port) {
  return std::find(ports.begin(), ports.end(), port) != ports.end();
}

bool holds(const Outage& span, Elapsed now) { return span.from <= now && now < span.to; }

}  // namespace

bool within(const std::vector<Outage>& outages, Elapsed now) {
  return std::any_of(outages.begin(), outages.end(), [now](const Outage& outage) { return holds(outage, now); });
}

bool Behaviour::dark_at(Elapsed now) const {
  if (silent || within(outages, now)) return true;
  if (!flapping || now < flapping->from) return false;
  return (now - flapping->from) % flapping->period >= flapping->period - flapping->down;
}

PortAnswer Behaviour::port_at(std::uint16_t port, Elapsed now) const {
  if (http.serves(port)) {
    const DeadSite* dead = http.dead_at(now);
    if (dead == nullptr || dead->answer == DeadSite::Answer::status) return PortAnswer::open;
    return dead->answer == DeadSite::Answer::reset ? PortAnswer::closed : PortAnswer::silent;
  }
  if (has(tcp.open, port)) return PortAnswer::open;
  return tcp.closed_silent ? PortAnswer::silent : PortAnswer::closed;
}

bool HttpBehaviour::serves(std::uint16_t port) const { return has(ports, port); }

const DeadSite* HttpBehaviour::dead_at(Elapsed now) const {
  const auto found =
      std::find_if(dead.begin(), dead.end(), [now](const DeadSite& site) { return holds(site.span, now); });
  return found == dead.end() ? nullptr : &*found;
}

unsigned HttpBehaviour::status_at(Elapsed now) const {
  const DeadSite* site = dead_at(now);
  return site != nullptr && site->answer == DeadSite::Answer::status ? site->status : status;
}

}  // namespace blipd::lab

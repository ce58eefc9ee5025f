#include <algorithm>
#include <utility>

#include "daemon/engine/prepared.h"

namespace blipd {

Places assign_places(const Places& before, std::shared_ptr<const std::vector<Address>> next, Instant now) {
  Places after;
  after.used = before.used;
  after.resting = before.resting;
  const std::vector<Address>& hosts = *next;
  after.of_host.resize(hosts.size());

  const std::size_t known = before.hosts ? before.hosts->size() : 0;
  std::vector<std::size_t> newcomers;
  std::size_t old = 0;
  const auto leave = [&](std::size_t i) { after.resting.push_back({now, before.place(i)}); };
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (; old < known && (*before.hosts)[old] < hosts[i]; ++old) leave(old);
    if (old < known && (*before.hosts)[old] == hosts[i]) {
      after.of_host[i] = before.place(old++);
    } else {
      newcomers.push_back(i);
    }
  }
  for (; old < known; ++old) leave(old);

  std::size_t rested = 0;
  for (const std::size_t i : newcomers) {
    if (rested < after.resting.size() && now - after.resting[rested].left >= kPlaceRest) {
      after.of_host[i] = after.resting[rested++].place;
    } else {
      after.of_host[i] = after.used++;
    }
  }
  after.resting.erase(after.resting.begin(), after.resting.begin() + static_cast<std::ptrdiff_t>(rested));

  bool in_order = true;
  for (std::size_t i = 0; i < hosts.size() && in_order; ++i) in_order = after.of_host[i] == i;
  if (in_order) {
    after.of_host.clear();
    after.of_host.shrink_to_fit();
  }
  after.hosts = std::move(next);
  return after;
}

std::vector<TargetState> targets_of(const Places& before, const Places& after) {
  std::vector<TargetState> targets(after.used);
  const std::size_t known = before.hosts ? before.hosts->size() : 0;
  for (std::size_t i = 0; i < known; ++i) targets[before.place(i)].address = (*before.hosts)[i];
  for (std::size_t i = 0; i < after.hosts->size(); ++i) {
    TargetState& target = targets[after.place(i)];
    target.address = (*after.hosts)[i];
    target.active = true;
  }
  return targets;
}

}  // namespace blipd

#include <algorithm>
#include <compare>
#include <utility>

#include "daemon/engine/prepared.h"

namespace blipd {

namespace {

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

}  // namespace

int BlockHosts::compare(std::size_t i, const BlockHosts& other, std::size_t j) const {
  const int addresses_differ = sign((*addresses)[i] <=> (*other.addresses)[j]);
  if (addresses_differ != 0 || !names || !other.names) return addresses_differ;
  return sign((*names)[i] <=> (*other.names)[j]);
}

bool operator==(const BlockHosts& a, const BlockHosts& b) {
  if (a.size() != b.size()) return false;
  const bool same_names = a.names == b.names || (a.names && b.names && *a.names == *b.names);
  return same_names && (a.addresses == b.addresses || *a.addresses == *b.addresses);
}

Places assign_places(const Places& before, BlockHosts next, Instant now) {
  Places after;
  after.used = before.used;
  after.resting = before.resting;
  const std::size_t count = next.size();
  after.of_host.resize(count);

  const std::size_t known = before.hosts.size();
  std::vector<std::size_t> newcomers;
  std::size_t old = 0;
  const auto leave = [&](std::size_t i) { after.resting.push_back({now, before.place(i)}); };
  for (std::size_t i = 0; i < count; ++i) {
    for (; old < known && before.hosts.compare(old, next, i) < 0; ++old) leave(old);
    if (old < known && before.hosts.compare(old, next, i) == 0) {
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
  for (std::size_t i = 0; i < count && in_order; ++i) in_order = after.of_host[i] == i;
  if (in_order) {
    after.of_host.clear();
    after.of_host.shrink_to_fit();
  }
  after.hosts = std::move(next);
  return after;
}

std::vector<TargetState> targets_of(const Places& before, const Places& after) {
  std::vector<TargetState> targets(after.used);
  for (std::size_t i = 0; i < before.hosts.size(); ++i) {
    targets[before.place(i)].address = (*before.hosts.addresses)[i];
  }
  for (std::size_t i = 0; i < after.hosts.size(); ++i) {
    TargetState& target = targets[after.place(i)];
    target.address = (*after.hosts.addresses)[i];
    target.active = true;
  }
  return targets;
}

}  // namespace blipd

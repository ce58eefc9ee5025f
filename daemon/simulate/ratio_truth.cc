#include "daemon/simulate/ratio_truth.h"

namespace blipd {

double RatioTruth::ratio(std::size_t network, Duration from, Duration to, Duration timeout) {
  const std::vector<Address>& hosts = world_.hosts_of(network);
  const std::size_t asked = hosts.size() * kAsked;
  std::size_t replies = 0;
  for (std::size_t i = 0; i < asked; ++i) {
    const Duration at = from + (to - from) * static_cast<Duration::rep>(i) / static_cast<Duration::rep>(asked);
    const Fate fate = world_.send(hosts[i % hosts.size()], Protocol::icmp, at, ++nonce_);
    if (fate.kind == FateKind::reply && fate.after <= timeout) ++replies;
  }
  return static_cast<double>(replies) / static_cast<double>(asked);
}

}  // namespace blipd

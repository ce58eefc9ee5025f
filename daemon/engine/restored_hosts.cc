#include "daemon/engine/restored_hosts.h"

#include <algorithm>
#include <tuple>

namespace blipd {
namespace {

bool is_before(const RestoredHost& a, const RestoredHost& b) {
  return std::tie(a.known.address, a.name) < std::tie(b.known.address, b.name);
}

/// Where nobody answered any more, silence of a host tells nothing of the host: all are as good as new, but for what
/// was learned while they answered.
void forget_common_silence(std::vector<RestoredHost>& hosts) {
  const auto answered = [](const RestoredHost& host) {
    return host.known.outcomes_known != 0 && host.known.failure_run == 0;
  };
  if (std::any_of(hosts.begin(), hosts.end(), answered)) return;
  for (RestoredHost& host : hosts) {
    host.known.outcomes = 0;
    host.known.outcomes_known = 0;
    host.known.failure_run = 0;
    host.known.suspect_run = 0;
  }
}

}  // namespace

void RestoredHosts::put(const std::string& network, const std::string& module, std::vector<RestoredHost> hosts,
                        NameKey name_key) {
  name_key_ = name_key;
  forget_common_silence(hosts);
  std::sort(hosts.begin(), hosts.end(), is_before);
  hosts_.insert_or_assign({network, module}, std::move(hosts));
}

void RestoredHosts::give(Block& block, const BlockHosts& hosts, const std::vector<std::uint32_t>& places, Instant now) {
  const auto found = hosts_.find({block.network(), block.module()});
  if (found == hosts_.end()) return;
  std::vector<RestoredHost>& known = found->second;
  std::vector<bool> given(known.size());
  auto first = known.begin();
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const Address& address = (*hosts.addresses)[i];
    while (first != known.end() && first->known.address < address) ++first;
    const std::int64_t name = hosts.names ? name_key_((*hosts.names)[i]) : 0;
    auto at = first;
    if (hosts.names) {
      RestoredHost wanted;
      wanted.known.address = address;
      wanted.name = name;
      at = std::lower_bound(first, known.end(), wanted, is_before);
    }
    if (at == known.end() || at->known.address != address || at->name != name) continue;
    const std::uint32_t place = places.empty() ? static_cast<std::uint32_t>(i) : places[i];
    block.take_over(place, at->known);
    for (const auto& [length, contents] : at->windows) block.restore_host_window(place, length, contents, now);
    given[static_cast<std::size_t>(at - known.begin())] = true;
  }
  std::vector<RestoredHost> rest;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!given[i]) rest.push_back(std::move(known[i]));
  }
  if (rest.empty()) {
    hosts_.erase(found);
  } else {
    known = std::move(rest);
  }
}

}  // namespace blipd

#include "daemon/service/named_config.h"

#include <algorithm>
#include <utility>

namespace blipd {

bool NamedConfig::set_addresses(const std::vector<ResolvedName>& names) {
  NameAddresses addresses;
  for (const ResolvedName& name : names) {
    std::vector<Address> found;
    for (const std::optional<Address>& address : {name.v4, name.v6}) {
      if (address) found.push_back(*address);
    }
    if (!found.empty()) addresses.emplace(name.name, std::move(found));
  }
  const std::lock_guard lock(mutex_);
  if (addresses == addresses_) return false;
  addresses_ = std::move(addresses);
  return true;
}

std::shared_ptr<const Config> NamedConfig::resolve(std::shared_ptr<const Config> loaded) const {
  const bool named = std::any_of(loaded->networks.begin(), loaded->networks.end(),
                                 [](const NetworkConfig& network) { return !network.names.empty(); });
  if (!named) return loaded;
  const std::lock_guard lock(mutex_);
  return std::make_shared<const Config>(with_addresses(*loaded, addresses_));
}

void NamedConfig::set_loaded(std::shared_ptr<const Config> loaded) {
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(loaded);
}

std::shared_ptr<const Config> NamedConfig::loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

}  // namespace blipd

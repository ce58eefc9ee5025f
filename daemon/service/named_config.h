// The configuration as it was loaded, and the present addresses of its host names.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/module_hosts.h"
#include "daemon/names/name_table.h"

namespace blipd {

/// Any thread.
class NamedConfig {
 public:
  /// True if a name stands for something else now.
  bool set_addresses(const std::vector<ResolvedName>& names);
  /// `loaded` with the present hosts of its names; `loaded` itself if it has no names.
  std::shared_ptr<const Config> resolve(std::shared_ptr<const Config> loaded) const;
  /// What was switched to last, as loaded.
  void set_loaded(std::shared_ptr<const Config> loaded);
  std::shared_ptr<const Config> loaded() const;

 private:
  mutable std::mutex mutex_;
  NameAddresses addresses_;
  std::shared_ptr<const Config> loaded_;
};

}  // namespace blipd

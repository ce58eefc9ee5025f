// One question to the DNS and what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/address.h"
#include "probes/clock.h"

namespace blipd {

enum class Family : std::uint8_t {
  v4,  ///< A records
  v6,  ///< AAAA records
};
inline constexpr std::size_t kFamilies = 2;

struct Lookup {
  std::string name;  ///< canonical (probes/host_name.h)
  Family family = Family::v4;
};

struct LookupAnswer {
  enum class Kind : std::uint8_t {
    addresses,  ///< at least one record of the family
    negative,   ///< a server says that there is no such name, or no record of the family (RFC 2308)
    failure,    ///< nobody has answered, or not in a way that says anything about the name
  };
  Kind kind = Kind::failure;
  std::vector<Address> addresses;  ///< in the order of the answer
  std::optional<Duration> ttl;     ///< least of all records on the way; none: from the hosts file
};

}  // namespace blipd

// All probers. A new one is added to this list and nowhere else.

#include <algorithm>
#include <array>

#include "probes/http_prober.h"
#include "probes/icmp_prober.h"
#include "probes/prober.h"
#include "probes/tcp_syn_prober.h"

namespace blipd {
namespace {

constexpr std::array kProberTypes{&kIcmpProber, &kTcpSynProber, &kHttpProber};

}  // namespace

std::span<const ProberType* const> prober_types() { return kProberTypes; }

const ProberType* find_prober_type(std::string_view name) {
  const auto found = std::find_if(kProberTypes.begin(), kProberTypes.end(),
                                  [name](const ProberType* type) { return type->name == name; });
  return found == kProberTypes.end() ? nullptr : *found;
}

}  // namespace blipd

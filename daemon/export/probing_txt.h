// /.well-known/probing.txt: who probes, for whoever sees the probes (RFC 9511 section 3.2, in the format of RFC 9116).
#pragma once

#include <string>
#include <string_view>

#include "probes/clock.h"

namespace blipd {

/// `contact` as configured: a URI, or an address of e-mail. Canonical is the contact if it leads to such a file, else
/// this page under `host` (the Host field of the request); without either it is left out. Good for a week from `now`.
std::string render_probing_txt(std::string_view contact, std::string_view vantage, std::string_view host, WallTime now);

}  // namespace blipd

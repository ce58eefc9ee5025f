// Names of hosts as people write them (RFC 952, RFC 1123 section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace blipd {

/// Why `text` cannot be the name of a host, as a sentence that quotes it, or empty if it can: labels of 1 to 63
/// letters, digits, hyphens (not first or last) and underscores (which RFC 1123 lacks and people use), with dots
/// between them, 253 octets in all, perhaps one more dot at the end. The last label is no number, in decimal or after
/// "0x": such text is read as an IPv4 address by somebody, and by somebody else as another one. International names
/// are written in their ASCII form ("xn--...").
std::string why_not_a_host_name(std::string_view text);
bool is_host_name(std::string_view text);

/// The name in the one form it is compared and looked up in: lower case, without the dot at the end. `text` is a host
/// name.
std::string canonical_name(std::string_view text);

}  // namespace blipd

// Compression of answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace blipd {

/// `text` as one gzip member (RFC 1952), at the fastest level: metrics text shrinks to an eighth there already, and
/// higher levels cost twice the time for a tenth less. nullopt if zlib refuses (no memory).
std::optional<std::string> gzip(std::string_view text);

}  // namespace blipd

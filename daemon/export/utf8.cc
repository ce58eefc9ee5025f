#include "daemon/export/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace blipd {

namespace {

bool within(std::string_view text, std::size_t at, std::uint8_t least, std::uint8_t most) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<std::uint8_t>(text[at]);
  return byte >= least && byte <= most;
}

// Length of the well-formed sequence at the front of `text`, 0 if there is none (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
  if (within(text, 0, 0x00, 0x7f)) return 1;
  if (within(text, 0, 0xc2, 0xdf)) return within(text, 1, 0x80, 0xbf) ? 2 : 0;
  if (within(text, 0, 0xe0, 0xef)) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::uint8_t least = lead == 0xe0 ? 0xa0 : 0x80;
    const std::uint8_t most = lead == 0xed ? 0x9f : 0xbf;
    return within(text, 1, least, most) && within(text, 2, 0x80, 0xbf) ? 3 : 0;
  }
  if (within(text, 0, 0xf0, 0xf4)) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::uint8_t least = lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t most = lead == 0xf4 ? 0x8f : 0xbf;
    const bool complete = within(text, 1, least, most) && within(text, 2, 0x80, 0xbf) && within(text, 3, 0x80, 0xbf);
    return complete ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<std::uint8_t>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace blipd

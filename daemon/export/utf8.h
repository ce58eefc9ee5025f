// Names and labels are written by people, in files of any encoding; what blipd serves is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace blipd {

/// `text` with every byte that is not part of well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most
/// U+10FFFF) replaced by U+FFFD. One bad label value would make Prometheus refuse the whole page.
std::string valid_utf8(std::string_view text);

}  // namespace blipd

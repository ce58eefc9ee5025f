// Rows of words, in columns that line up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace blipd {

/// The text with "?" for whatever is no UTF-8 or could do more to a terminal than be seen: no name moves its cursor,
/// colours it or turns around what follows.
std::string plain_text(std::string_view text);

/// Two spaces between columns, none at the end of a line, and no colours. Widths are columns of a terminal, of which an
/// ideograph takes two. Every cell is made plain.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace blipd

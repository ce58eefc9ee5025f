// Rows of words, in columns that line up.
#pragma once

#include <string>
#include <vector>

namespace blipd {

/// Two spaces between columns, none at the end of a line. Widths count characters of UTF-8; control characters become
/// "?", so that no name moves the cursor of a terminal.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace blipd

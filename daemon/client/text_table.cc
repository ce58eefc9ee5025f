#include "daemon/client/text_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace blipd {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Two columns wide on a terminal (Unicode Standard Annex 11: W and F), in whole blocks.
constexpr std::array kWide{Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x4dbf},
                           Range{0x4e00, 0xa4cf},   Range{0xa960, 0xa97f},   Range{0xac00, 0xd7a3},
                           Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},
                           Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f}, Range{0x1f680, 0x1f6ff},
                           Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};
/// Marks that stand on the letter before them.
constexpr std::array kNone{Range{0x0300, 0x036f}, Range{0x0483, 0x0489}, Range{0x0591, 0x05bd},
                           Range{0x064b, 0x065f}, Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff},
                           Range{0x20d0, 0x20ff}, Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f}};
/// What moves the cursor, colours, hides or turns around what follows: it must not come from a name.
constexpr std::array kHarmful{Range{0x0000, 0x001f}, Range{0x007f, 0x009f}, Range{0x200b, 0x200f},
                              Range{0x2028, 0x202e}, Range{0x2060, 0x2069}, Range{0xfeff, 0xfeff}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return r.first <= c && c <= r.last; });
}

struct Cell {
  std::string text;
  std::size_t width = 0;
};

/// Length of the UTF-8 sequence at the beginning of `text`, and the character; 0 if it is none.
std::size_t decode(std::string_view text, char32_t& c) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  c = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
    c = c << 6U | (byte(i) & 0x3fU);
  }
  const bool too_long = (length == 3 && c < 0x800) || (length == 4 && (c < 0x10000 || c > 0x10ffff));
  return too_long || (c >= 0xd800 && c <= 0xdfff) ? 0 : length;
}

/// The text without anything that could harm a terminal, and how many columns it takes.
Cell cell_of(std::string_view text) {
  Cell cell;
  while (!text.empty()) {
    char32_t c = 0;
    const std::size_t length = decode(text, c);
    if (length == 0 || is_in(kHarmful, c)) {
      cell.text += '?';
      ++cell.width;
    } else {
      cell.text += text.substr(0, length);
      cell.width += is_in(kNone, c) ? 0U : is_in(kWide, c) ? 2U : 1U;
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return cell;
}

}  // namespace

std::string plain_text(std::string_view text) { return cell_of(text).text; }

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<Cell>> cells;
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    cells.emplace_back();
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.back().push_back(cell_of(row[i]));
      widths[i] = std::max(widths[i], cells.back()[i].width);
    }
  }
  std::string out;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += row[i].text + std::string(widths[i] - row[i].width + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace blipd

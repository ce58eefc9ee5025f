#include "tests/lab/fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

namespace blipd::lab {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& target) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return false;
  target = value;
  return true;
}

struct Unit {
  std::string_view suffix;
  double nanoseconds;
};
// "ms" and "us" stand before "s", which they end with.
constexpr std::array<Unit, 5> kUnits{{{"ms", 1e6}, {"us", 1e3}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}}};

bool parse_elapsed(std::string_view text, Elapsed& target) {
  constexpr double kMost = 3.6e12 * 24 * 365;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    double value = 0;
    if (!parse_number(text.substr(0, text.size() - unit.suffix.size()), value)) return false;
    if (!(value >= 0 && value * unit.nanoseconds <= kMost)) return false;
    target = Elapsed(static_cast<std::int64_t>(value * unit.nanoseconds + 0.5));
    return true;
  }
  return false;
}

}  // namespace

void Problems::add(const YAML::Mark& mark, const std::string& message) {
  found_.emplace_back(mark.line + 1, mark.column + 1, message);
}

std::string Problems::first() const {
  const auto& [line, column, message] = *std::min_element(found_.begin(), found_.end());
  return std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

Fields::Fields(const YAML::Node& node, Problems& problems) : node_(node), problems_(problems) {
  if (!node_.IsMap()) problems_.add(node_.Mark(), "a mapping is expected here");
}

YAML::Node Fields::node(const std::string& key) {
  known_.push_back(key);
  if (!node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  return node_[key];
}

void Fields::text(const std::string& key, std::string& target) {
  const YAML::Node value = node(key);
  if (!value) return;
  if (!value.IsScalar() || value.Scalar().empty()) return report(key, "a text is expected");
  target = value.Scalar();
}

void Fields::boolean(const std::string& key, bool& target) {
  const YAML::Node value = node(key);
  if (!value) return;
  const std::string text = value.IsScalar() ? value.Scalar() : "";
  if (text != "true" && text != "false") return report(key, "true or false is expected");
  target = text == "true";
}

void Fields::integer(const std::string& key, std::uint64_t& target, std::uint64_t most) {
  const YAML::Node value = node(key);
  if (!value) return;
  std::uint64_t number = 0;
  if (!value.IsScalar() || !parse_number(value.Scalar(), number) || number > most) {
    return report(key, "a whole number from 0 to " + std::to_string(most) + " is expected");
  }
  target = number;
}

void Fields::octet(const std::string& key, std::uint8_t& target) {
  std::uint64_t number = target;
  integer(key, number, 255);
  target = static_cast<std::uint8_t>(number);
}

void Fields::probability(const std::string& key, double& target) {
  const YAML::Node value = node(key);
  if (!value) return;
  double number = 0;
  if (!value.IsScalar() || !parse_number(value.Scalar(), number) || !(number >= 0 && number <= 1)) {
    return report(key, "a probability from 0 to 1 is expected");
  }
  target = number;
}

void Fields::duration(const std::string& key, Elapsed& target) {
  const YAML::Node value = node(key);
  if (!value) return;
  if (!value.IsScalar() || !parse_elapsed(value.Scalar(), target)) {
    report(key, "a duration with its unit is expected, such as 20ms, 1.5s or 2m");
  }
}

void Fields::ip(const std::string& key, bool v6, std::optional<Ip>& target) {
  const YAML::Node value = node(key);
  if (!value) return;
  const auto parsed = value.IsScalar() ? Ip::parse(value.Scalar()) : std::nullopt;
  if (!parsed || parsed->v6 != v6)
    return report(key, v6 ? "an IPv6 address is expected" : "an IPv4 address is expected");
  target = parsed;
}

void Fields::ports(const std::string& key, std::vector<std::uint16_t>& target) {
  const YAML::Node list = node(key);
  if (!list) return;
  std::vector<std::uint16_t> numbers;
  bool good = list.IsSequence();
  for (std::size_t i = 0; good && i < list.size(); ++i) {
    std::uint16_t number = 0;
    good = list[i].IsScalar() && parse_number(list[i].Scalar(), number) && number > 0;
    numbers.push_back(number);
  }
  if (!good) return report(key, "a list of ports, 1 to 65535, is expected");
  target = std::move(numbers);
}

void Fields::require(const std::string& key) {
  if (node_.IsMap() && !node_[key]) problems_.add(node_.Mark(), "\"" + key + "\" is missing");
}

void Fields::report(const std::string& key, const std::string& message) {
  YAML::Mark mark = node_.Mark();
  if (node_.IsMap() && node_[key]) mark = node_[key].Mark();
  problems_.add(mark, key + ": " + message);
}

void Fields::finish() {
  if (!node_.IsMap()) return;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      problems_.add(entry.first.Mark(), "unknown key \"" + key + "\"");
    } else if (!seen.insert(key).second) {
      problems_.add(entry.first.Mark(), "repeated key \"" + key + "\"");
    }
  }
}

}  // namespace blipd::lab

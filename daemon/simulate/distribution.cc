#include "daemon/simulate/distribution.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <system_error>

namespace blipd {
namespace {

constexpr Duration kLongest = std::chrono::hours(24 * 1000);
constexpr std::size_t kMostValuesInTurn = 10'000;
constexpr double kMostParts = 32;

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> parse_value(std::string_view text, Quantity quantity) {
  if (quantity == Quantity::number) return parse_number(text);
  const std::optional<Duration> duration = parse_duration(text);
  if (!duration) return std::nullopt;
  return static_cast<double>(duration->count());
}

/// The words between commas and blanks.
std::vector<std::string_view> split(std::string_view text) {
  constexpr std::string_view kDividers = ", \t";
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kDividers, at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kDividers, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

struct ShapeName {
  std::string_view name;
  Distribution::Shape shape;
  std::size_t least_arguments;
};
constexpr ShapeName kShapes[] = {{"uniform", Distribution::Shape::uniform, 2},
                                 {"normal", Distribution::Shape::normal, 2},
                                 {"exponential", Distribution::Shape::exponential, 1},
                                 {"gamma", Distribution::Shape::gamma, 2}};

/// Least and most may follow the arguments of a shape that has a tail.
bool read_clip(const std::vector<std::string_view>& words, std::size_t from, Quantity quantity, Distribution& made) {
  if (words.size() == from) return true;
  if (words.size() != from + 2 || made.shape == Distribution::Shape::uniform) return false;
  const std::optional<double> least = parse_value(words[from], quantity);
  const std::optional<double> most = parse_value(words[from + 1], quantity);
  if (!least || !most || *least > *most) return false;
  made.least = *least;
  made.most = *most;
  return true;
}

std::optional<Distribution> parse_shape(const ShapeName& shape, std::string_view arguments, Quantity quantity) {
  const std::vector<std::string_view> words = split(arguments);
  if (words.size() < shape.least_arguments) return std::nullopt;
  Distribution made;
  made.shape = shape.shape;
  const std::optional<double> first = parse_value(words[0], quantity);
  if (!first) return std::nullopt;
  made.first = *first;
  if (shape.least_arguments == 2) {
    const bool parts = shape.shape == Distribution::Shape::gamma;
    const std::optional<double> second = parse_value(words[1], parts ? Quantity::number : quantity);
    if (!second) return std::nullopt;
    made.second = *second;
    if (parts && (made.second < 1 || made.second > kMostParts || made.second != std::floor(made.second))) {
      return std::nullopt;
    }
    if (shape.shape == Distribution::Shape::uniform && made.first > made.second) return std::nullopt;
    if (made.second < 0) return std::nullopt;
  }
  if (!read_clip(words, shape.least_arguments, quantity, made)) return std::nullopt;
  return made;
}

bool within(double value, double least, double most) { return least <= value && value <= most; }

/// Whether the values that the file names lie within the bounds.
bool fits(const Distribution& made, double least, double most) {
  if (made.shape == Distribution::Shape::in_turn) {
    return std::all_of(made.values.begin(), made.values.end(),
                       [&](double value) { return within(value, least, most); });
  }
  if (!within(made.first, least, most)) return false;
  if (made.shape == Distribution::Shape::uniform && !within(made.second, least, most)) return false;
  return !(made.most < least) && !(made.least > most);
}

std::string bounds_text(Quantity quantity, double least, double most) {
  const auto shown = [quantity](double value) -> std::string {
    if (quantity == Quantity::duration) return format_duration(Duration(static_cast<Duration::rep>(value)));
    std::string text(32, '\0');
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    text.resize(static_cast<std::size_t>(end - text.data()));
    return text;
  };
  return "from " + shown(least) + " to " + shown(most);
}

std::optional<Distribution> read_list(const OptionValue& list, Quantity quantity) {
  Distribution made;
  made.shape = Distribution::Shape::in_turn;
  if (list.items.empty() || list.items.size() > kMostValuesInTurn) return std::nullopt;
  for (const OptionValue& item : list.items) {
    const bool scalar = item.kind == OptionValue::Kind::scalar;
    const std::optional<double> value = scalar ? parse_value(item.text, quantity) : std::nullopt;
    if (!value) return std::nullopt;
    made.values.push_back(*value);
  }
  return made;
}

}  // namespace

Distribution Distribution::constant(double value) {
  Distribution made;
  made.first = value;
  return made;
}

double Distribution::draw(Random& random, std::size_t turn) const {
  double value = first;
  switch (shape) {
    case Shape::constant:
      break;
    case Shape::uniform:
      value = first + (second - first) * random.share();
      break;
    case Shape::normal:
      value = random.normal(first, second);
      break;
    case Shape::exponential:
      value = random.exponential(first);
      break;
    case Shape::gamma: {
      // The sum of exponential parts is the logarithm of a product. 32 factors of at least 2^-53 do not underflow to 0
      // together with a loss of more than a few bits: 2^-1074 is the smallest double, so the sum is taken in halves.
      double sum = 0;
      double product = 1;
      const auto parts = static_cast<int>(second);
      for (int part = 1; part <= parts; ++part) {
        product *= 1.0 - random.share();
        if (part % 16 == 0 || part == parts) {
          sum -= std::log(product);
          product = 1;
        }
      }
      value = first / second * sum;
      break;
    }
    case Shape::in_turn:
      value = values[turn % values.size()];
      break;
  }
  return std::clamp(value, least, most);
}

std::optional<Distribution> parse_distribution(std::string_view text, Quantity quantity) {
  if (const std::optional<double> value = parse_value(text, quantity)) return Distribution::constant(*value);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  for (const ShapeName& shape : kShapes) {
    if (text.substr(0, open) == shape.name) {
      return parse_shape(shape, text.substr(open + 1, text.size() - open - 2), quantity);
    }
  }
  return std::nullopt;
}

Distribution read_distribution(OptionReader& reader, std::string_view key, Quantity quantity,
                               const Distribution& fallback, double least, double most) {
  const OptionValue* value = reader.value(key);
  if (value == nullptr) return fallback;
  std::optional<Distribution> made;
  if (value->kind == OptionValue::Kind::sequence) made = read_list(*value, quantity);
  if (value->kind == OptionValue::Kind::scalar) made = parse_distribution(value->text, quantity);
  if (!made) {
    const std::string_view what = quantity == Quantity::duration ? "a duration such as 30s" : "a number";
    const std::string shown =
        value->kind == OptionValue::Kind::scalar ? in_quotes(value->text) + " is not " : "expected ";
    reader.report(key,
                  shown + std::string(what) +
                      ", or uniform(from, to), normal(mean, deviation), exponential(mean), gamma(mean, parts) or a "
                      "list of single values");
    return fallback;
  }
  if (!fits(*made, least, most)) {
    reader.report(key, "must lie " + bounds_text(quantity, least, most));
    return fallback;
  }
  made->least = std::max(made->least, least);
  made->most = std::min(made->most, most);
  return *made;
}

Distribution read_durations(OptionReader& reader, std::string_view key, const Distribution& fallback, Duration least) {
  return read_distribution(reader, key, Quantity::duration, fallback, static_cast<double>(least.count()),
                           static_cast<double>(kLongest.count()));
}

}  // namespace blipd

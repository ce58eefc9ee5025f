// A quantity of a scenario that is drawn: of a duration (in nanoseconds) or of a plain number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/simulate/random.h"
#include "probes/clock.h"
#include "probes/option_reader.h"

namespace blipd {

struct Distribution {
  enum class Shape : std::uint8_t {
    constant,     ///< first
    uniform,      ///< from first to second
    normal,       ///< mean first, standard deviation second
    exponential,  ///< mean first
    gamma,        ///< mean first, of a whole number `second` of exponential parts
    in_turn,      ///< values, one after the other, again and again
  };
  Shape shape = Shape::constant;
  double first = 0;
  double second = 0;
  /// What is drawn is clipped to these.
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::vector<double> values;

  static Distribution constant(double value);
  static Distribution constant(Duration value) { return constant(static_cast<double>(value.count())); }

  /// `turn`: how many were drawn before, for Shape::in_turn.
  double draw(Random& random, std::size_t turn = 0) const;
  Duration draw_duration(Random& random, std::size_t turn = 0) const {
    return Duration(static_cast<Duration::rep>(draw(random, turn)));
  }
};

/// Whether text stands for durations ("30s") or for plain numbers ("0.3").
enum class Quantity : std::uint8_t { duration, number };

/// "30s", "uniform(1m, 1h)", "normal(90s, 30s)", "normal(90s, 30s, 20s, 240s)", "exponential(5m)", "gamma(10ms, 2)";
/// arguments are divided by commas or blanks. nullopt if it is none of these, or if it makes no sense (from above to).
std::optional<Distribution> parse_distribution(std::string_view text, Quantity quantity);

/// What is at `key`: one of the texts above, or a list of single values that are taken in turn. What is drawn is
/// clipped to [least, most]; a constant, a bound or a mean outside them is reported, as is whatever cannot be read.
Distribution read_distribution(OptionReader& reader, std::string_view key, Quantity quantity,
                               const Distribution& fallback, double least, double most);
/// The same for durations, from `least` to a thousand days.
Distribution read_durations(OptionReader& reader, std::string_view key, const Distribution& fallback,
                            Duration least = Duration::zero());

}  // namespace blipd

#include "daemon/store/event.h"

#include <array>
#include <cstddef>

namespace blipd {
namespace {

constexpr std::array<std::string_view, kEventClasses> kClassNames{"blip", "outage", "spotty", "flapping", "vantage"};
constexpr std::array<std::string_view, 3> kPatternNames{"unknown", "random", "bursty"};
constexpr std::array<std::string_view, 6> kCauseNames{"unknown", "route", "congestion", "host", "filter", "vantage"};

}  // namespace

std::string_view to_string(EventClass c) { return kClassNames[static_cast<std::size_t>(c)]; }
std::string_view to_string(LossPattern p) { return kPatternNames[static_cast<std::size_t>(p)]; }
std::string_view to_string(EventCause c) { return kCauseNames[static_cast<std::size_t>(c)]; }

}  // namespace blipd

#include "daemon/store/snapshot.h"

#include <cmath>
#include <string_view>

namespace blipd {

namespace {

template <std::size_t n, class Enum>
std::string_view name_of(const std::array<std::string_view, n>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < n ? names[index] : std::string_view("unknown");
}

constexpr std::array<std::string_view, kStates> kStateNames{"up", "spotty", "flapping", "down", "unknown"};
constexpr std::array<std::string_view, kFailureReasons> kReasonNames{"timeout", "refused", "unreachable", "bad_reply",
                                                                     "tls",     "status",  "body"};
constexpr std::array<std::string_view, kVoidCauses> kCauseNames{"send", "receive_drop", "vantage", "local_route",
                                                                "removed"};
constexpr std::array<std::string_view, kPurposes> kPurposeNames{"background", "adaptive", "sweep", "reference",
                                                                "adhoc"};
constexpr std::array<std::string_view, kHttpPhases> kPhaseNames{"resolve", "connect", "tls", "processing", "transfer"};

}  // namespace

std::string_view to_string(State s) { return name_of(kStateNames, s); }
std::string_view to_string(FailureReason r) { return name_of(kReasonNames, r); }
std::string_view to_string(VoidCause c) { return name_of(kCauseNames, c); }
std::string_view to_string(HttpPhase p) { return name_of(kPhaseNames, p); }
std::string_view to_string(Purpose p) { return name_of(kPurposeNames, p); }

// Scaling by a power of two is exact, so a bound is the double nearest to its decimal and prints as such.
double rtt_bucket_bound(std::size_t i) { return std::ldexp(50e-6, static_cast<int>(i)); }
double lag_bucket_bound(std::size_t i) { return std::ldexp(1e-3, 2 * static_cast<int>(i)); }

}  // namespace blipd

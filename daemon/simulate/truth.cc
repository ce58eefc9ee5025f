#include "daemon/simulate/truth.h"

#include <array>

namespace blipd {
namespace {

constexpr std::array<std::string_view, kIncidentKinds> kKindNames{
    "blip",       "random loss", "bursty loss",  "flapping",    "outage", "vantage",
    "congestion", "partial",     "rate limited", "renumbering", "filter", "host fault"};

}  // namespace

std::string_view to_string(IncidentKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

}  // namespace blipd

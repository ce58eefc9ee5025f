// Times, ratios and round-trip times of the API, as the tables show them. A value of another kind throws what the JSON
// library throws, which the maker of the table catches.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace blipd {

/// "2026-03-01 12:00:00" of an RFC 3339 time in UTC; "-" of null.
std::string time_text(const nlohmann::json& time);
/// "31 s", "12 min 3 s", "3 d 4 h".
std::string duration_text(std::int64_t seconds);
/// The same, between two times in UTC.
std::string span_text(const nlohmann::json& from, const nlohmann::json& to);
/// "75.2 % of 120"; "- of 0" without probes. Never 100.0 or 0.0 unless it is all or none.
std::string ratio_text(const nlohmann::json& window);
/// "12.3 ms"; "-" of null.
std::string rtt_text(const nlohmann::json& seconds);

}  // namespace blipd

#include "daemon/client/api_text.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace blipd {
namespace {

std::string printed(const char* format, double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// Seconds since 1970; 0 of what is no time.
std::int64_t seconds_of(const nlohmann::json& time) {
  tm fields{};
  const auto text = time.get<std::string>();
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &fields) == nullptr) return 0;
  return ::timegm(&fields);
}

}  // namespace

std::string time_text(const nlohmann::json& time) {
  if (time.is_null()) return "-";
  auto text = time.get<std::string>().substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string span_text(const nlohmann::json& from, const nlohmann::json& to) {
  return duration_text(std::max<std::int64_t>(seconds_of(to) - seconds_of(from), 0));
}

std::string duration_text(std::int64_t seconds) {
  const auto two = [](std::int64_t large, const char* unit, std::int64_t small, const char* smaller) {
    return std::to_string(large) + unit + (small == 0 ? "" : " " + std::to_string(small) + smaller);
  };
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return two(seconds / 60, " min", seconds % 60, " s");
  if (seconds < 86400) return two(seconds / 3600, " h", seconds / 60 % 60, " min");
  return two(seconds / 86400, " d", seconds / 3600 % 24, " h");
}

std::string ratio_text(const nlohmann::json& window) {
  const auto probes = window.at("probes").get<std::uint64_t>();
  if (window.at("success_ratio").is_null()) return "- of " + std::to_string(probes);
  const double percent = window.at("success_ratio").get<double>() * 100;
  const double shown = percent < 100 && percent > 0 ? std::clamp(percent, 0.1, 99.9) : percent;
  return printed("%.1f %%", shown) + " of " + std::to_string(probes);
}

std::string rtt_text(const nlohmann::json& seconds) {
  if (seconds.is_null()) return "-";
  const auto value = seconds.get<double>();
  return value < 1 ? printed("%.3g ms", value * 1000) : printed("%.2f s", value);
}

}  // namespace blipd

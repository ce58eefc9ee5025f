#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "daemon/simulate/score_report.h"

namespace blipd {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(ScoreClass::none);

__attribute__((format(printf, 2, 3))) void add(std::string& out, const char* format, ...) {
  char line[256];
  va_list args;
  va_start(args, format);
  std::vsnprintf(line, sizeof line, format, args);
  va_end(args);
  out += line;
}

/// At most nine characters: "-", "never", or a number with as many places as are worth reading.
std::string number(double value) {
  if (std::isnan(value)) {
    return "-";
  }
  if (std::isinf(value)) {
    return "never";
  }
  char text[32];
  const double size = std::abs(value);
  std::snprintf(text, sizeof text, size >= 1000 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
  return text;
}

std::string share(std::size_t part, std::size_t whole) {
  return number(ratio(static_cast<double>(part), static_cast<double>(whole)));
}

void add_found(std::string& out, const Score& s) {
  add(out, "%zu incidents to report, %zu reported; %zu more covered by worse ones\n", s.incidents, s.found, s.hidden);
  add(out, "%zu events told, %zu taken back, %zu open at the end\n\n", s.events, s.retracted, s.open_at_end);
  add(out, "%-24s%10s%10s%10s\n", "", "precision", "recall", "F1");
  add(out, "%-24s%10s%10s%10s\n", "by incident", number(s.precision).c_str(), number(s.recall).c_str(),
      number(s.f1).c_str());
  add(out, "%-24s%10s%10s%10s\n", "by time", number(s.time_precision).c_str(), number(s.time_recall).c_str(),
      number(f1(s.time_precision, s.time_recall)).c_str());
  if (std::isnan(s.brier)) {
    out += "Brier score of being up: -\n\n";
  } else {
    add(out, "Brier score of being up: %.3g\n\n", s.brier);
  }
}

void add_kinds(std::string& out, const Score& s) {
  add(out, "%-14s%7s%7s%8s%8s%10s%10s%10s%10s%10s\n", "kind", "true", "found", "recall", "right", "delay p50", "p95 s",
      "p99 s", "onset s", "length s");
  for (const KindScore& k : s.kinds) {
    add(out, "%-14s%7zu%7zu%8s%8s%10s%10s%10s%10s%10s\n", std::string(to_string(k.kind)).c_str(), k.incidents, k.found,
        share(k.found, k.incidents).c_str(), share(k.right, k.incidents).c_str(), number(k.delay.p50).c_str(),
        number(k.delay.p95).c_str(), number(k.delay.p99).c_str(), number(k.onset.median_size).c_str(),
        number(k.duration.median_size).c_str());
  }
  out += "(onset and length: median size of the error)\n\n";
}

void add_bins(std::string& out, const Score& s) {
  add(out, "%-24s%10s%10s%10s%10s\n", "length of the incident", "all", "recall", "dark", "recall");
  for (const BinScore& b : s.bins) {
    if (b.incidents == 0) {
      continue;
    }
    char name[32];
    if (std::isinf(b.to)) {
      std::snprintf(name, sizeof name, "%.0f s and more", b.from);
    } else {
      std::snprintf(name, sizeof name, "%.0f to %.0f s", b.from, b.to);
    }
    add(out, "%-24s%10zu%10s%10zu%10s\n", name, b.incidents, share(b.found, b.incidents).c_str(), b.dark,
        share(b.dark_found, b.dark).c_str());
  }
  if (s.longest_dark_missed > 0) {
    add(out, "longest total loss that was missed: %s s\n", number(s.longest_dark_missed).c_str());
  }
  out += "\n";
}

void add_error(std::string& out, const char* name, const ErrorStats& e) {
  add(out, "%-24s%10zu%10s%10s%10s%10s\n", name, e.count, number(e.median).c_str(), number(e.median_size).c_str(),
      number(e.p95_size).c_str(), number(e.greatest_size).c_str());
}

void add_errors(std::string& out, const Score& s) {
  add(out, "%-24s%10s%10s%10s%10s%10s\n", "error, told - true, s", "cases", "median", "size p50", "size p95",
      "greatest");
  add_error(out, "onset", s.onset);
  add_error(out, "offset", s.offset);
  add_error(out, "duration", s.duration);
  add(out, "onsets within the uncertainty told: %s\n\n", number(s.onset_within_stated).c_str());
}

void add_confusion(std::string& out, const Score& s) {
  add(out, "%-10s", "was \\ said");
  for (std::size_t c = 0; c < kScoreClasses; ++c) {
    const auto name =
        static_cast<ScoreClass>(c) == ScoreClass::none ? "nothing" : to_string(static_cast<ScoreClass>(c));
    add(out, "%10.9s", std::string(name).c_str());
  }
  out += "\n";
  for (std::size_t row = 0; row < kScoreClasses; ++row) {
    std::size_t sum = 0;
    for (const std::size_t n : s.confusion[row]) {
      sum += n;
    }
    if (sum == 0) {
      continue;
    }
    add(out, "%-10s", row == kNone ? "nothing" : std::string(to_string(static_cast<ScoreClass>(row))).c_str());
    for (const std::size_t n : s.confusion[row]) {
      add(out, "%10zu", n);
    }
    out += "\n";
  }
  add(out, "F1 of each class:");
  for (const ClassScore& c : s.classes) {
    add(out, " %s %s", std::string(to_string(c.score_class)).c_str(), number(c.f1).c_str());
  }
  add(out, "\nmacro-F1 over the %zu classes present: %s\n", s.classes.size(), number(s.macro_f1).c_str());
  add(out, "pattern of the loss: %zu right, %zu wrong, %zu not said\n\n", s.pattern_right, s.pattern_wrong,
      s.pattern_unsaid);
}

void add_rate(std::string& out, const char* name, const Rate& r) {
  add(out, "%-44s%8llu%16s%10s%10s\n", name, static_cast<unsigned long long>(r.count), number(r.months).c_str(),
      number(r.per_month).c_str(), number(r.upper).c_str());
}

void add_alarms(std::string& out, const Score& s) {
  add(out, "%-44s%8s%16s%10s%10s\n", "", "alarms", "network-months", "a month", "at most");
  add_rate(out, "false alarms, any class", s.false_alarms);
  add_rate(out, "false alarms, told as total loss", s.false_dark);
  add_rate(out, "partial loss told as total loss", s.dark_alarms_while_spotty);
  add(out, "%-44s%8zu of %zu\n", "incidents of partial loss called total", s.spotty_called_dark, s.spotty);
  add(out, "%-44s%8zu of %zu\n", "incidents of total loss with such an event", s.dark_reported, s.dark);
  add(out, "%-44s%8s (most %zu); %zu events cover several\n", "events for one incident",
      number(s.fragments_mean).c_str(), s.fragments_most, s.merges);
  add(out, "%-44s%8s (most %zu, %zu episodes)\n", "alerts for one flapping episode",
      number(s.alerts_per_episode).c_str(), s.alerts_most, s.flapping_episodes);
  add(out, "%-44s%8zu and %zu taken back\n", "network events that our own side caused", s.leaks, s.leaks_retracted);
  add(out, "%-44s%8zu\n", "vantage events without cause", s.false_vantage);
  add(out, "%-44s%8s\n", "void probes while the vantage was well", number(s.void_share).c_str());
  out += "(at most: exact Poisson bound at 95 %)\n\n";
}

void add_ratios(std::string& out, const Score& s) {
  if (s.ratios > 0) {
    add(out, "success ratios: %zu, true one within the interval told %s, error mean %s, p95 %s\n\n", s.ratios,
        number(s.ratio_coverage).c_str(), number(s.ratio_error_mean).c_str(), number(s.ratio_error_p95).c_str());
  }
}

void add_sent(std::string& out, const char* name, double sent, double cap) {
  add(out, "%-44s%8s", name, number(sent).c_str());
  out += cap > 0 ? " (cap " + number(cap) + ")\n" : "\n";
}

void add_traffic(std::string& out, const Score& s) {
  add(out, "%-44s%8llu\n", "probes sent, of every purpose", static_cast<unsigned long long>(s.traffic.probes));
  add_sent(out, "an hour and network", s.probes_per_hour, 0);
  add_sent(out, "an hour, to the busiest network", s.traffic.busiest_network_per_hour, s.caps.network_per_hour);
  add_sent(out, "a second, to the busiest /24", s.traffic.busiest_prefix_per_second, s.caps.prefix_per_second);
}

}  // namespace

std::string score_text(const Score& score, std::string_view title) {
  std::string out;
  for (const std::string& cap : score.caps_broken) {
    add(out, "THIS RUN IS VOID: IT SENT MORE THAN ITS CAP ALLOWS (%s)\n", cap.c_str());
  }
  add(out, "%.*s: %zu networks, %s network-months\n", static_cast<int>(title.size()), title.data(), score.networks,
      number(score.network_months).c_str());
  add_found(out, score);
  if (!score.kinds.empty()) {
    add_kinds(out, score);
    add_bins(out, score);
    add_errors(out, score);
  }
  add_confusion(out, score);
  add_alarms(out, score);
  add_ratios(out, score);
  add_traffic(out, score);
  return out;
}

}  // namespace blipd

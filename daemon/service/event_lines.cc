#include "daemon/service/event_lines.h"

#include <string>
#include <vector>

namespace blipd {
namespace {

/// Who it is about comes first: repeated lines are limited for each of them apart.
std::vector<LogField> subject(const LoggedEvent& event) {
  std::vector<LogField> fields;
  if (event.facts.network.empty()) {
    fields.emplace_back("vantage", event.vantage);
  } else {
    fields.emplace_back("network", event.facts.network);
  }
  fields.emplace_back("class", to_string(event.facts.event_class));
  fields.emplace_back("id", event.id);
  return fields;
}

void add_numbers(const LoggedEvent& event, std::vector<LogField>& fields) {
  const Event& facts = event.facts;
  if (facts.pattern != LossPattern::unknown) fields.emplace_back("pattern", to_string(facts.pattern));
  if (facts.cause != EventCause::unknown) fields.emplace_back("cause", to_string(facts.cause));
  fields.emplace_back("start", format_log_time(event.start));
  if (facts.hosts_total != 0) {
    fields.emplace_back("hosts_affected", facts.hosts_affected);
    fields.emplace_back("hosts", facts.hosts_total);
  }
  if (facts.probes != 0) {
    fields.emplace_back("probes", facts.probes);
    fields.emplace_back("failures", facts.failures);
  }
  if (facts.evidence.voids != 0) fields.emplace_back("probes_void", facts.evidence.voids);
}

}  // namespace

void EventLines::write(const EventChange& change) {
  const LoggedEvent& now = *change.now;
  std::vector<LogField> fields = subject(now);
  const bool was_open = !change.before || !change.before->end;
  if (now.end && was_open) {
    add_numbers(now, fields);
    fields.emplace_back("lasted_seconds", to_seconds(*now.end - now.start));
    log_.write(LogLevel::info, now.facts.evidence.retracted ? "event is taken back" : "event ended", fields);
  } else if (!change.before) {
    add_numbers(now, fields);
    fields.emplace_back("detected_after_seconds", to_seconds(now.detected_at - now.start));
    log_.write(LogLevel::warn, "event opened", fields);
  } else if (change.before->facts.event_class != now.facts.event_class) {
    fields.emplace_back("was", to_string(change.before->facts.event_class));
    add_numbers(now, fields);
    log_.write(LogLevel::warn, "event changed its class", fields);
  }
}

}  // namespace blipd

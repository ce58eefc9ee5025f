// The sections about the daemon itself: vantage, limits, windows, detection.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "daemon/config/decode.h"
#include "daemon/config/host_list.h"
#include "daemon/config/text.h"

namespace blipd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMostReferences = 64;
/// A failure waits so long behind its timeout for the verdict on the vantage (kHold in daemon/store/flights.h). The
/// references must have told by then: two probes of one of them, and the timeout of the second.
constexpr Duration kVerdict = std::chrono::seconds(5);
constexpr std::size_t kMostWindows = 8;
/// RFC 9511 section 3: what a probe carries in its payload must stay short; the echo payload has room for this much.
constexpr std::size_t kLongestContact = 200;

std::string decode_contact(OptionReader& reader) {
  if (!reader.has("contact")) return {};
  std::string contact = reader.text("contact", "");
  const bool printable = std::all_of(contact.begin(), contact.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (contact.empty() || contact.size() > kLongestContact || !printable) {
    reader.report("contact", "must be a URL or a mail address of 1 to " + std::to_string(kLongestContact) +
                                 " printable ASCII characters without spaces");
  }
  return contact;
}

std::optional<Address> decode_source(OptionReader& reader, std::string_view key, bool v4) {
  if (!reader.has(key)) return std::nullopt;
  const std::string text = reader.text(key, "");
  const std::optional<Address> address = Address::parse(text);
  if (!address || address->is_v4() != v4) {
    reader.report(key, in_quotes(text) + " is not an " + (v4 ? "IPv4" : "IPv6") + " address");
  }
  return address;
}

std::string decode_interface(OptionReader& reader) {
  if (!reader.has("interface")) return {};
  std::string name = reader.text("interface", "");
  const bool wrong = std::any_of(name.begin(), name.end(), [](char c) { return c <= ' ' || c >= 0x7F || c == '/'; });
  // IFNAMSIZ counts the closing NUL.
  if (name.empty() || name.size() > 15 || wrong) {
    reader.report("interface", in_quotes(name) + " is not the name of an interface (1 to 15 characters)");
  }
  return name;
}

ReferencesConfig decode_references(const OptionValue& value, DecodeContext& context) {
  ReferencesConfig references;
  OptionReader reader(value, "vantage.references", context.problems);
  if (value.kind != OptionValue::Kind::mapping) return references;
  const std::size_t problems_before = context.problems.size();
  for (const OptionValue* item : list_items(reader, "hosts")) {
    const std::string where = "vantage.references.hosts: ";
    const std::optional<Address> address = Address::parse(item->text);
    if (!address) {
      reader.report(item->place, where + why_not_an_address(item->text));
    } else if (std::find(references.hosts.begin(), references.hosts.end(), *address) != references.hosts.end()) {
      reader.report(item->place, where + address->to_string() + " is repeated");
    } else if (const std::string why = find_unprobeable({*address}); !why.empty()) {
      reader.report(item->place, where + why);
    } else {
      references.hosts.push_back(*address);
    }
  }
  if (references.hosts.size() > kMostReferences) {
    reader.report("hosts",
                  std::to_string(references.hosts.size()) + " references are above " + std::to_string(kMostReferences));
  }
  const bool hosts_known = context.problems.size() == problems_before;
  if (hosts_known && references.hosts.empty()) reader.report("hosts", "missing: at least one reference must be given");

  const auto majority = static_cast<std::int64_t>(references.hosts.size() / 2 + 1);
  const std::int64_t quorum = reader.integer("quorum", majority, 1, kMostReferences);
  if (hosts_known && !references.hosts.empty() && quorum > static_cast<std::int64_t>(references.hosts.size())) {
    reader.report("quorum", std::to_string(quorum) + " is above the number of references, " +
                                std::to_string(references.hosts.size()));
  }
  references.quorum = static_cast<unsigned>(quorum);
  references.interval = reader.duration("interval", references.interval, milliseconds(100), kVerdict);
  references.timeout = reader.duration("timeout", references.timeout, milliseconds(1), kVerdict);
  if (2 * references.interval + references.timeout > kVerdict) {
    reader.report("interval", "twice the interval and the timeout together are " +
                                  format_duration(2 * references.interval + references.timeout) + ", above " +
                                  format_duration(kVerdict) + ": the verdict on the vantage would come too late");
  }
  reader.finish();
  return references;
}

}  // namespace

VantageConfig decode_vantage(const OptionValue& value, DecodeContext& context) {
  VantageConfig vantage;
  vantage.name = context.sources.host_name;
  OptionReader reader(value, "vantage", context.problems);
  if (value.kind != OptionValue::Kind::mapping) return vantage;
  vantage.name = reader.text("name", vantage.name);
  if (const std::string why = why_not_a_name(vantage.name); !why.empty()) reader.report("name", why);
  vantage.contact = decode_contact(reader);
  if (const OptionValue* references = reader.value("references")) {
    vantage.references = decode_references(*references, context);
  }
  vantage.source4 = decode_source(reader, "source", true);
  vantage.source6 = decode_source(reader, "source6", false);
  vantage.interface = decode_interface(reader);
  reader.finish();
  return vantage;
}

LimitsConfig decode_limits(const OptionValue& value, DecodeContext& context) {
  LimitsConfig limits;
  OptionReader reader(value, "limits", context.problems);
  if (value.kind != OptionValue::Kind::mapping) return limits;
  limits.packets_per_second = reader.number("packets_per_second", limits.packets_per_second, 1, 10'000'000);
  limits.per_prefix_per_second = reader.number("per_prefix_per_second", limits.per_prefix_per_second, 0.001, 1);
  limits.per_network_per_hour = reader.number("per_network_per_hour", limits.per_network_per_hour, 0, 1'000'000'000);
  if (limits.per_network_per_hour > 0 && limits.per_network_per_hour < 1) {
    reader.report("per_network_per_hour", "must be 0 (no such limit) or at least 1");
  }
  reader.finish();
  return limits;
}

std::vector<WindowConfig> decode_windows(const OptionValue& value, DecodeContext& context) {
  std::vector<WindowConfig> windows;
  const auto report = [&context](SourcePlace place, const std::string& message) {
    context.problems.push_back({place, "windows: " + message});
  };
  if (value.kind != OptionValue::Kind::sequence) {
    report(value.place, wrong_kind("a list", value.kind));
    return windows;
  }
  if (value.items.empty()) report(value.place, "at least one window must be given");
  if (value.items.size() > kMostWindows) {
    report(value.place, std::to_string(value.items.size()) + " windows are above " + std::to_string(kMostWindows));
  }
  for (const OptionValue& item : value.items) {
    if (item.kind != OptionValue::Kind::scalar) {
      report(item.place, wrong_kind("a duration", item.kind));
      continue;
    }
    const std::optional<Duration> length = parse_duration(item.text);
    const auto same = [&length](const WindowConfig& window) { return window.length == length; };
    if (!length) {
      report(item.place, in_quotes(item.text) + " is not a duration: write it like 1m, 5m or 1h30m");
    } else if (*length < seconds(10) || *length > hours(24)) {
      report(item.place, item.text + (*length < seconds(10) ? " is below 10s" : " is above 1d"));
    } else if (std::any_of(windows.begin(), windows.end(), same)) {
      report(item.place, item.text + " is repeated");
    } else {
      windows.push_back({item.text, *length});
    }
  }
  std::sort(windows.begin(), windows.end(),
            [](const WindowConfig& a, const WindowConfig& b) { return a.length < b.length; });
  return windows;
}

DetectionConfig decode_detection(const OptionValue& value, DecodeContext& context) {
  DetectionConfig detection;
  OptionReader reader(value, "detection", context.problems);
  if (value.kind != OptionValue::Kind::mapping) return detection;
  detection.spotty = reader.number("spotty", detection.spotty, 0.001, 0.5);
  detection.down = reader.number("down", detection.down, 0.5, 0.999);
  if (detection.spotty >= detection.down) reader.report("spotty", "must be below down");
  detection.blip = reader.duration("blip", detection.blip, std::chrono::seconds(10), std::chrono::hours(1));
  detection.false_outages_per_network_month =
      reader.number("false_outages_per_network_month", detection.false_outages_per_network_month, 1e-6, 10);
  reader.finish();
  return detection;
}

}  // namespace blipd

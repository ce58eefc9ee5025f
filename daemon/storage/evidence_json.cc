// Evidence to JSON and back.
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/storage/event_table.h"

namespace blipd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostErrors = 8;
/// A text of more words or deeper nesting than evidence has is not from us.
constexpr std::size_t kLongestText = 64 * 1024;
/// In seconds: a duration of any event is below that, and fits into nanoseconds.
constexpr double kLongestDuration = 1e9;

Json seconds(const std::optional<Duration>& d) { return d ? Json(to_seconds(*d)) : Json(nullptr); }
template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Reads the members of one object. What is missing or of another kind leaves the value as it is.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  void read(const char* key, bool& value) const {
    if (const Json* found = find(key); found != nullptr && found->is_boolean()) value = found->get<bool>();
  }
  void read(const char* key, double& value) const {
    if (const Json* found = find(key); found != nullptr && found->is_number()) value = found->get<double>();
  }
  template <class T>
  void read_number(const char* key, T& value) const {
    const Json* found = find(key);
    if (found == nullptr || !found->is_number_unsigned()) return;
    const auto number = found->get<std::uint64_t>();
    if (number <= std::numeric_limits<T>::max()) value = static_cast<T>(number);
  }
  void read(const char* key, std::optional<double>& value) const {
    if (const Json* found = find(key); found != nullptr && found->is_number()) value = found->get<double>();
  }
  void read(const char* key, std::optional<Duration>& value) const {
    const Json* found = find(key);
    if (found == nullptr || !found->is_number()) return;
    const auto number = found->get<double>();
    if (!(number >= 0 && number <= kLongestDuration)) return;
    value = std::chrono::round<Duration>(std::chrono::duration<double>(number));
  }
  void read(const char* key, Duration& value) const {
    std::optional<Duration> read_value;
    read(key, read_value);
    value = read_value.value_or(value);
  }
  void read(const char* key, std::string& value) const {
    if (const Json* found = find(key); found != nullptr && found->is_string()) value = found->get<std::string>();
  }
  /// The list at `key`; an empty one if there is none.
  const Json& list(const char* key) const {
    static const Json kEmpty = Json::array();
    const Json* found = find(key);
    return found != nullptr && found->is_array() ? *found : kEmpty;
  }

 private:
  const Json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  const Json& object_;
};

std::optional<ErrorEvidence> decode_error(const Json& item) {
  if (!item.is_object()) return std::nullopt;
  ErrorEvidence error;
  std::string responder;
  const Reader reader(item);
  reader.read_number("type", error.icmp.type);
  reader.read_number("code", error.icmp.code);
  reader.read("responder", responder);
  reader.read_number("count", error.count);
  const std::optional<Address> address = Address::parse(responder);
  if (!address) return std::nullopt;
  error.responder = *address;
  return error;
}

}  // namespace

std::string encode_evidence(const Evidence& evidence) {
  Json out = {{"retracted", evidence.retracted},
              {"log_likelihood", evidence.log_likelihood},
              {"loss", known(evidence.loss)},
              {"burst_ratio", known(evidence.burst_ratio)},
              {"falls", evidence.falls},
              {"dark_s", to_seconds(evidence.dark)},
              {"period_s", seconds(evidence.period)},
              {"steady", evidence.steady},
              {"together", evidence.together},
              {"rtt_before_s", seconds(evidence.rtt_before)},
              {"rtt_during_s", seconds(evidence.rtt_during)},
              {"hosts_on_new_path", evidence.hosts_on_new_path},
              {"hosts_limited", evidence.hosts_limited},
              {"probes_void", evidence.voids},
              {"answering", evidence.answering},
              {"errors", Json::array()}};
  for (const ErrorEvidence& error : evidence.errors) {
    out["errors"].push_back({{"type", error.icmp.type},
                             {"code", error.icmp.code},
                             {"responder", error.responder.to_string()},
                             {"count", error.count}});
  }
  // The default handler would throw on a name that is not UTF-8.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Evidence> decode_evidence(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  const Json in = Json::parse(text, nullptr, false);
  if (!in.is_object()) return std::nullopt;
  Evidence evidence;
  const Reader reader(in);
  reader.read("retracted", evidence.retracted);
  reader.read("log_likelihood", evidence.log_likelihood);
  reader.read("loss", evidence.loss);
  reader.read("burst_ratio", evidence.burst_ratio);
  reader.read_number("falls", evidence.falls);
  reader.read("dark_s", evidence.dark);
  reader.read("period_s", evidence.period);
  reader.read("steady", evidence.steady);
  reader.read("together", evidence.together);
  reader.read("rtt_before_s", evidence.rtt_before);
  reader.read("rtt_during_s", evidence.rtt_during);
  reader.read_number("hosts_on_new_path", evidence.hosts_on_new_path);
  reader.read_number("hosts_limited", evidence.hosts_limited);
  reader.read_number("probes_void", evidence.voids);
  for (const Json& item : reader.list("answering")) {
    if (item.is_string()) evidence.answering.push_back(item.get<std::string>());
  }
  for (const Json& item : reader.list("errors")) {
    if (evidence.errors.size() == kMostErrors) break;
    if (std::optional<ErrorEvidence> error = decode_error(item)) evidence.errors.push_back(*error);
  }
  return evidence;
}

}  // namespace blipd

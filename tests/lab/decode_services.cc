#include "tests/lab/decode_services.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace blipd::lab {
namespace {

// A response of this size and its header fit the first window of any client; the lab's server knows no windows.
constexpr std::size_t kMostBody = 16384;
constexpr std::size_t kMostHeaders = 4096;

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [kMarks](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_status(std::uint64_t status) { return status >= 200 && status <= 599; }

void decode_tcp(const YAML::Node& node, Problems& problems, PortBehaviour& ports) {
  Fields fields(node, problems);
  fields.ports("open", ports.open);
  std::string closed = "rst";
  fields.text("closed", closed);
  if (closed != "rst" && closed != "silent") fields.report("closed", "rst or silent is expected");
  ports.closed_silent = closed == "silent";
  fields.finish();
}

void decode_status(Fields& fields, unsigned& status) {
  std::uint64_t number = status;
  fields.integer("status", number, 599);
  if (!is_status(number)) return fields.report("status", "an HTTP status from 200 to 599 is expected");
  status = static_cast<unsigned>(number);
}

void decode_body(Fields& fields, std::string& body) {
  const YAML::Node value = fields.node("body");
  if (!value) return;
  if (!value.IsScalar() || value.Scalar().size() > kMostBody) {
    return fields.report("body", "a text of at most " + std::to_string(kMostBody) + " octets is expected");
  }
  body = value.Scalar();
}

void decode_headers(Fields& fields, Problems& problems, HttpBehaviour& http) {
  const YAML::Node headers = fields.node("headers");
  if (!headers) return;
  if (!headers.IsMap()) return fields.report("headers", "a mapping from a name to its value is expected");
  http.headers.clear();
  std::size_t size = 0;
  for (const auto& entry : headers) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const std::string value = entry.second.IsScalar() ? entry.second.Scalar() : "\n";
    if (!is_token(name) || value.find_first_of("\r\n") != std::string::npos) {
      problems.add(entry.first.Mark(), "an HTTP field of one line is expected");
      continue;
    }
    size += name.size() + value.size() + 4;
    http.headers.emplace_back(name, value);
  }
  if (size > kMostHeaders) fields.report("headers", "at most " + std::to_string(kMostHeaders) + " octets are expected");
}

void decode_dead_answer(Fields& fields, DeadSite& site) {
  std::string answer = "silent";
  fields.text("answer", answer);
  if (answer == "silent") {
    site.answer = DeadSite::Answer::silence;
  } else if (answer == "rst") {
    site.answer = DeadSite::Answer::reset;
  } else if (answer.size() == 3 && answer.find_first_not_of("0123456789") == std::string::npos &&
             is_status(std::stoul(answer))) {
    site.answer = DeadSite::Answer::status;
    site.status = static_cast<unsigned>(std::stoul(answer));
  } else {
    fields.report("answer", "silent, rst or an HTTP status from 200 to 599 is expected");
  }
}

void decode_dead(Fields& fields, Problems& problems, std::vector<DeadSite>& dead) {
  const YAML::Node list = fields.node("dead");
  if (!list) return;
  if (!list.IsSequence()) return fields.report("dead", "a list of {from, to, answer} is expected");
  dead.clear();
  for (const auto& item : list) {
    Fields reader(item, problems);
    DeadSite site;
    site.span = decode_span(reader);
    decode_dead_answer(reader, site);
    reader.finish();
    dead.push_back(site);
  }
}

void decode_http(const YAML::Node& node, Problems& problems, HttpBehaviour& http) {
  Fields fields(node, problems);
  if (http.ports.empty()) http.ports = {80};
  fields.ports("ports", http.ports);
  decode_status(fields, http.status);
  decode_body(fields, http.body);
  decode_headers(fields, problems, http);
  decode_dead(fields, problems, http.dead);
  fields.finish();
}

}  // namespace

Outage decode_span(Fields& fields) {
  Outage span;
  fields.duration("from", span.from);
  fields.require("to");
  fields.duration("to", span.to);
  if (span.to <= span.from) fields.report("to", "an outage ends after it begins");
  return span;
}

void decode_services(Fields& fields, Problems& problems, Behaviour& behaviour) {
  if (const YAML::Node tcp = fields.node("tcp")) decode_tcp(tcp, problems, behaviour.tcp);
  if (const YAML::Node http = fields.node("http")) decode_http(http, problems, behaviour.http);
}

}  // namespace blipd::lab

#include "probes/http_options.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "probes/host_name.h"
#include "probes/option_reader.h"

namespace blipd {
namespace {

constexpr std::string_view kDefaultUrl = "http://{host}/";
constexpr std::int64_t kMostBody = std::int64_t{100} << 20U;
constexpr std::size_t kLongestMethod = 32;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

/// tchar of RFC 9110 section 5.6.2.
bool is_token_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || kOthers.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

/// Line ends would begin another header; no other control character belongs into one either.
bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

/// The items of a list with their places; reports what is no list.
std::vector<OptionValue> items_of(OptionReader& reader, std::string_view key) {
  const OptionValue* value = reader.value(key);
  if (value == nullptr) return {};
  if (value->kind != OptionValue::Kind::sequence) {
    reader.report(key, wrong_kind("a list", value->kind));
    return {};
  }
  return value->items;
}

void report_item(OptionReader& reader, std::string_view key, const OptionValue& item, const std::string& message) {
  reader.report(item.place, reader.path_to(key) + ": " + message);
}

HttpUrl read_url(OptionReader& reader) {
  Result<HttpUrl> url = HttpUrl::parse(reader.text("url", kDefaultUrl));
  if (url) return std::move(*url);
  reader.report("url", url.error().message);
  return *HttpUrl::parse(std::string(kDefaultUrl));
}

std::string read_method(OptionReader& reader) {
  std::string method = reader.text("method", "GET");
  if (is_token(method) && method.size() <= kLongestMethod && method != "CONNECT") return method;
  reader.report("method",
                in_quotes(method) + (method == "CONNECT" ? " cannot be probed with" : " is not a method of HTTP"));
  return "GET";
}

void read_header(OptionReader& reader, const OptionValue::Entry& entry, HttpOptions& options) {
  const std::string where = reader.path_to("headers") + "." + entry.key.substr(0, 64) + ": ";
  const std::string name = lower(entry.key);
  std::string value = entry.value.text;
  if (!is_token(entry.key)) {
    reader.report(entry.key_place,
                  reader.path_to("headers") + ": " + in_quotes(entry.key) + " is not the name of a header");
  } else if (entry.value.kind != OptionValue::Kind::scalar) {
    reader.report(entry.key_place, where + wrong_kind("text", entry.value.kind));
  } else if (has_control_character(value)) {
    reader.report(entry.key_place, where + "holds a line end or another control character");
  } else if (name == "content-length" || name == "transfer-encoding") {
    reader.report(entry.key_place, where + "follows from the body and cannot be given");
  } else if (name == "host") {
    if (value.find_first_of("/?#@{ ") != std::string::npos || !HttpUrl::parse("http://" + value)) {
      reader.report(entry.key_place, where + in_quotes(value) + " is not the name of a host, perhaps with a port");
      return;
    }
    options.names.host_header = value;
  } else {
    options.headers.push_back(value.empty() ? entry.key + ";" : entry.key + ": " + value);
  }
}

void read_headers(OptionReader& reader, HttpOptions& options) {
  const OptionValue* headers = reader.value("headers");
  if (headers == nullptr) return;
  if (headers->kind != OptionValue::Kind::mapping) {
    reader.report("headers", wrong_kind("a mapping", headers->kind));
    return;
  }
  std::set<std::string> seen;
  for (const OptionValue::Entry& entry : headers->entries) {
    if (!seen.insert(lower(entry.key)).second) {
      reader.report(entry.key_place, reader.path_to("headers") + ": repeated header " + in_quotes(entry.key));
    } else {
      read_header(reader, entry, options);
    }
  }
  if (seen.contains("authorization") &&
      (reader.has("basic_auth") || reader.has("bearer_token") || reader.has("bearer_token_file"))) {
    reader.report("headers", "Authorization is given here and as basic_auth or bearer_token");
  }
}

std::vector<unsigned> read_status_codes(OptionReader& reader) {
  constexpr std::string_view kKey = "valid_status_codes";
  std::vector<unsigned> codes;
  for (const OptionValue& item : items_of(reader, kKey)) {
    unsigned code = 0;
    const char* const end = item.text.data() + item.text.size();
    const auto read = std::from_chars(item.text.data(), end, code);
    if (item.kind == OptionValue::Kind::scalar && read.ec == std::errc{} && read.ptr == end && code >= 100 &&
        code <= 599) {
      codes.push_back(code);
    } else {
      report_item(reader, kKey, item,
                  item.kind == OptionValue::Kind::scalar ? in_quotes(item.text) + " is not a status of HTTP, 100 to 599"
                                                         : wrong_kind("a status", item.kind));
    }
  }
  return codes;
}

std::vector<unsigned> read_http_versions(OptionReader& reader) {
  constexpr std::string_view kKey = "valid_http_versions";
  std::vector<unsigned> versions;
  for (const OptionValue& item : items_of(reader, kKey)) {
    if (item.text == "HTTP/1.0") {
      versions.push_back(10);
    } else if (item.text == "HTTP/1.1") {
      versions.push_back(11);
    } else if (item.text == "HTTP/2.0" || item.text == "HTTP/2") {
      versions.push_back(20);
    } else {
      report_item(reader, kKey, item, in_quotes(item.text) + " is not one of: HTTP/1.0, HTTP/1.1, HTTP/2.0");
    }
  }
  return versions;
}

std::vector<HttpPattern> read_patterns(OptionReader& reader, std::string_view key) {
  std::vector<HttpPattern> patterns;
  for (const OptionValue& item : items_of(reader, key)) {
    if (item.kind != OptionValue::Kind::scalar) {
      report_item(reader, key, item, wrong_kind("a regular expression", item.kind));
      continue;
    }
    Result<HttpPattern> pattern = HttpPattern::compile(item.text);
    if (pattern) {
      patterns.push_back(std::move(*pattern));
    } else {
      report_item(reader, key, item, pattern.error().message);
    }
  }
  return patterns;
}

void read_header_rule(OptionReader& reader, std::vector<HttpHeaderRule>& rules) {
  const std::string header = reader.text("header", "");
  const std::string expression = reader.text("regexp", "");
  const bool allow_missing = reader.boolean("allow_missing", false);
  if (!is_token(header)) {
    reader.report("header", reader.has("header") ? in_quotes(header) + " is not the name of a header"
                                                 : "missing: the name of a header");
  }
  if (!reader.has("regexp")) reader.report("regexp", "missing: a regular expression");
  Result<HttpPattern> pattern = HttpPattern::compile(expression);
  if (!pattern) {
    reader.report("regexp", pattern.error().message);
  } else {
    rules.push_back({lower(header), std::move(*pattern), allow_missing});
  }
  reader.finish();
}

std::vector<HttpHeaderRule> read_header_rules(OptionReader& reader, std::string_view key) {
  std::vector<HttpHeaderRule> rules;
  std::vector<Problem> problems;
  for (const OptionValue& item : items_of(reader, key)) {
    OptionReader rule(item, reader.path_to(key), problems);
    if (item.kind == OptionValue::Kind::mapping) read_header_rule(rule, rules);
  }
  for (Problem& problem : problems) reader.report(problem.place, std::move(problem.message));
  return rules;
}

/// A secret from `key` or from the file that `key`_file names.
std::string read_secret(OptionReader& reader, std::string_view key) {
  const std::string key_of_file = std::string(key) + "_file";
  if (reader.has(key) && reader.has(key_of_file)) {
    reader.report(key_of_file, std::string(key) + " is given as well");
    reader.text(key, "");
    return {};
  }
  const bool in_file = reader.has(key_of_file);
  std::string secret = in_file ? reader.file_text(key_of_file).value_or("") : reader.text(key, "");
  if (has_control_character(secret)) {
    reader.report(in_file ? std::string_view(key_of_file) : key, "holds a line end or another control character");
    return {};
  }
  return secret;
}

void read_authorization(OptionReader& reader, HttpOptions& options) {
  const bool basic = reader.has("basic_auth");
  OptionReader basic_auth = reader.nested("basic_auth");
  options.username = basic_auth.text("username", "");
  options.password = read_secret(basic_auth, "password");
  if (basic && options.username.empty()) basic_auth.report("username", "missing: the name of a user");
  if (options.username.find(':') != std::string::npos || has_control_character(options.username)) {
    basic_auth.report("username", "holds a colon or a control character, which basic authentication cannot carry");
  }
  basic_auth.finish();
  options.bearer_token = read_secret(reader, "bearer_token");
  if (basic && (reader.has("bearer_token") || reader.has("bearer_token_file"))) {
    reader.report("basic_auth", "a bearer token is given as well");
  }
}

std::string read_proxy(OptionReader& reader) {
  std::string proxy = reader.text("proxy_url", "");
  if (proxy.empty()) return {};
  const std::string why = why_not_a_proxy(proxy);
  if (why.empty()) return proxy;
  reader.report("proxy_url", why);
  return {};
}

void read_certificate(OptionReader& tls, HttpTls& material) {
  const std::optional<std::string> certificate = tls.file_text("cert_file");
  const std::optional<std::string> key = tls.file_text("key_file");
  if (tls.has("cert_file") != tls.has("key_file")) {
    tls.report(tls.has("cert_file") ? "cert_file" : "key_file",
               "cert_file and key_file are given together or not at all");
  } else if (certificate && key) {
    if (const std::optional<Error> error = material.show(*certificate, *key)) tls.report("cert_file", error->message);
  }
}

void read_tls(OptionReader& reader, HttpOptions& options) {
  OptionReader tls = reader.nested("tls");
  options.insecure_skip_verify = tls.boolean("insecure_skip_verify", false);
  options.names.server_name = tls.text("server_name", "");
  if (!options.names.server_name.empty() && !is_host_name(options.names.server_name) &&
      !Address::parse(options.names.server_name)) {
    tls.report("server_name", why_not_a_host_name(options.names.server_name));
    options.names.server_name.clear();
  }
  const std::string version = tls.choice("min_version", "TLS12", {"TLS10", "TLS11", "TLS12", "TLS13"});
  options.min_version = static_cast<TlsVersion>(version.back() - '0');
  auto material = std::make_shared<HttpTls>();
  if (const std::optional<std::string> authorities = tls.file_text("ca_file")) {
    if (const std::optional<Error> error = material->trust_only(*authorities)) tls.report("ca_file", error->message);
  }
  read_certificate(tls, *material);
  options.tls = std::move(material);
  tls.finish();
}

}  // namespace

std::shared_ptr<const ModuleOptions> read_http_options(OptionReader& reader) {
  auto options = std::make_shared<HttpOptions>();
  options->url = read_url(reader);
  options->method = read_method(reader);
  read_headers(reader, *options);
  options->body = reader.text("body", "");
  if (!options->body.empty() && options->method == "HEAD") reader.report("body", "the method HEAD has none");
  options->valid_status_codes = read_status_codes(reader);
  options->valid_http_versions = read_http_versions(reader);
  options->follow_redirects = reader.boolean("follow_redirects", true);
  options->max_redirects = static_cast<long>(reader.integer("max_redirects", 10, 0, 50));
  options->fail_if_body_matches = read_patterns(reader, "fail_if_body_matches_regexp");
  options->fail_if_body_not_matches = read_patterns(reader, "fail_if_body_not_matches_regexp");
  options->fail_if_header_matches = read_header_rules(reader, "fail_if_header_matches");
  options->fail_if_header_not_matches = read_header_rules(reader, "fail_if_header_not_matches");
  options->fail_if_ssl = reader.boolean("fail_if_ssl", false);
  options->fail_if_not_ssl = reader.boolean("fail_if_not_ssl", false);
  if (options->fail_if_ssl && options->fail_if_not_ssl) reader.report("fail_if_ssl", "fail_if_not_ssl is true as well");
  read_authorization(reader, *options);
  options->proxy_url = read_proxy(reader);
  options->http2 = reader.boolean("http2", true);
  options->body_size_limit =
      static_cast<std::size_t>(reader.integer("body_size_limit", std::int64_t{10} << 20U, 1, kMostBody));
  read_tls(reader, *options);
  return options;
}

}  // namespace blipd

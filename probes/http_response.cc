#include "probes/http_response.h"

#include <algorithm>

namespace blipd {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

template <class T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

bool HttpResponse::add_header(std::string_view line) {
  header_size_ += line.size();
  if (header_size_ > kMostHeader) return false;
  if (line.starts_with("HTTP/")) {
    headers_.clear();
    body_.clear();
    body_size_ = 0;
    return true;
  }
  if (!options_.checks_headers()) return true;
  // A line that begins with a blank goes on with the value before it (RFC 9112 section 5.2).
  if ((line.starts_with(' ') || line.starts_with('\t')) && !headers_.empty()) {
    headers_.back().second += " " + std::string(trimmed(line));
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  std::string name(trimmed(line.substr(0, colon)));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  headers_.emplace_back(std::move(name), std::string(trimmed(line.substr(colon + 1))));
  return true;
}

bool HttpResponse::add_body(std::string_view bytes) {
  body_size_ += bytes.size();
  if (body_size_ > options_.body_size_limit) return false;
  if (options_.checks_body()) body_ += bytes;
  return true;
}

/// Missing headers break a rule unless it allows for them.
bool HttpResponse::breaks(const HttpHeaderRule& rule, bool matching_is_wrong) const {
  bool present = false;
  bool matches = false;
  for (const auto& [name, value] : headers_) {
    if (name != rule.header) continue;
    present = true;
    matches = matches || rule.pattern.found_in(value);
  }
  if (!present) return !rule.allow_missing;
  return matches == matching_is_wrong;
}

std::optional<FailureReason> HttpResponse::why_not_valid(unsigned status, unsigned version, bool ssl) const {
  if (!options_.valid_http_versions.empty() && !contains(options_.valid_http_versions, version)) {
    return FailureReason::bad_reply;
  }
  const bool wanted = options_.valid_status_codes.empty() ? status >= 200 && status <= 299
                                                          : contains(options_.valid_status_codes, status);
  if (!wanted) return FailureReason::status;
  const auto in_body = [this](const HttpPattern& pattern) { return pattern.found_in(body_); };
  const bool body_is_wrong =
      (ssl ? options_.fail_if_ssl : options_.fail_if_not_ssl) ||
      std::any_of(options_.fail_if_header_matches.begin(), options_.fail_if_header_matches.end(),
                  [this](const HttpHeaderRule& rule) { return breaks(rule, true); }) ||
      std::any_of(options_.fail_if_header_not_matches.begin(), options_.fail_if_header_not_matches.end(),
                  [this](const HttpHeaderRule& rule) { return breaks(rule, false); }) ||
      std::any_of(options_.fail_if_body_matches.begin(), options_.fail_if_body_matches.end(), in_body) ||
      !std::all_of(options_.fail_if_body_not_matches.begin(), options_.fail_if_body_not_matches.end(), in_body);
  if (body_is_wrong) return FailureReason::body;
  return std::nullopt;
}

}  // namespace blipd

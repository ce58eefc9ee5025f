#include "probes/http_url.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "probes/host_name.h"

namespace blipd {
namespace {

/// Stands for {host} while the rest is checked. RFC 2606.
constexpr std::string_view kAnyHost = "host.invalid";

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using ParsedUrl = std::unique_ptr<CURLU, FreeUrl>;

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string replaced(std::string text, std::string_view with) {
  for (std::size_t at = text.find(HttpUrl::kHost); at != std::string::npos; at = text.find(HttpUrl::kHost, at)) {
    text.replace(at, HttpUrl::kHost.size(), with);
    at += with.size();
  }
  return text;
}

/// An IPv6 address gets its brackets, a name loses the dot at its end, which no certificate has.
std::string as_host_of_url(std::string_view host) {
  const std::optional<Address> address = Address::parse(host);
  if (address && !address->is_v4()) return "[" + std::string(host) + "]";
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::string(host);
}

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address::parse(host).has_value() || is_host_name(host);
}

/// The sentence for a text that curl does not take for a URL.
std::string why_not_parsed(const std::string& text, CURLUcode code) {
  if (text.find("://") == std::string::npos) return "the URL has no scheme: write it like \"http://{host}/\"";
  if (code == CURLUE_UNSUPPORTED_SCHEME) return "the scheme of the URL is neither http nor https";
  return "is not a URL: " + std::string(curl_url_strerror(code));
}

bool is_default_port(const std::string& scheme, const std::string& port) {
  return port.empty() || port == (scheme == "https" ? "443" : "80");
}

}  // namespace

std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

Result<HttpUrl> HttpUrl::parse(const std::string& text) {
  const ParsedUrl parsed(curl_url());
  if (!parsed) return Error{"out of memory"};
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, replaced(text, kAnyHost).c_str(), 0);
  if (code != CURLUE_OK) return Error{why_not_parsed(text, code)};
  HttpUrl url;
  url.scheme_ = part_of(parsed.get(), CURLUPART_SCHEME);
  if (url.scheme_ != "http" && url.scheme_ != "https") {
    return Error{"the scheme of the URL is neither http nor https"};
  }
  if (!part_of(parsed.get(), CURLUPART_USER).empty() || !part_of(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return Error{"the URL holds a user or a password: write them as basic_auth"};
  }
  url.port_ = part_of(parsed.get(), CURLUPART_PORT);
  if (url.port_ == "0") return Error{"the port of the URL is 0"};
  url.host_ = part_of(parsed.get(), CURLUPART_HOST);
  const std::size_t begin = text.find("://") + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  const std::string authority = text.substr(begin, end - begin);
  // Curl forgives a third slash.
  if (authority.empty()) return Error{"is not a URL: it has no host"};
  if (authority.find(kHost) != std::string::npos) {
    if (without_port(authority) != kHost) return Error{"{host} is to be the whole name in the URL, or behind it"};
    url.host_ = kHost;
  } else if (!is_host(url.host_)) {
    return Error{"the name in the URL is neither a host name nor an address"};
  }
  url.rest_ = text.substr(end, text.find('#', end) - end);
  if (!url.rest_.starts_with('/')) url.rest_.insert(0, "/");
  return url;
}

HttpAim HttpUrl::aim(std::string_view host, const Address& to, const HttpNames& names) const {
  const std::string own = as_host_of_url(host_ == kHost ? host : std::string_view(host_));
  const std::string in_header = as_host_of_url(without_port(names.host_header));
  std::string shown = own;
  if (!in_header.empty()) shown = in_header;
  if (!names.server_name.empty()) shown = as_host_of_url(names.server_name);
  HttpAim aim;
  aim.url = scheme_ + "://" + shown + (port_.empty() ? "" : ":" + port_) + replaced(rest_, host);
  aim.host_header = names.host_header;
  if (aim.host_header.empty() && shown != own)
    aim.host_header = own + (is_default_port(scheme_, port_) ? "" : ":" + port_);
  const std::string address = as_host_of_url(to.to_string());
  const std::array<const std::string*, 3> in_play{&shown, &own, &in_header};
  for (auto name = in_play.begin(); name != in_play.end(); ++name) {
    const bool repeated =
        std::any_of(in_play.begin(), name, [&](const std::string* before) { return *before == **name; });
    if (!(*name)->empty() && !repeated) aim.connect_to.push_back(**name + "::" + address + ":");
  }
  return aim;
}

std::string why_not_a_proxy(const std::string& text) {
  const ParsedUrl parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK ||
      part_of(parsed.get(), CURLUPART_SCHEME) != "http" || !is_host(part_of(parsed.get(), CURLUPART_HOST))) {
    return "is not the URL of an HTTP proxy: write it like \"http://proxy.example.net:3128\"";
  }
  const std::string path = part_of(parsed.get(), CURLUPART_PATH);
  if ((!path.empty() && path != "/") || !part_of(parsed.get(), CURLUPART_QUERY).empty()) {
    return "the URL of a proxy has no path";
  }
  return {};
}

}  // namespace blipd

#include "daemon/export/probing_txt.h"

#include <algorithm>
#include <chrono>

#include "daemon/export/page_text.h"

namespace blipd {
namespace {

constexpr std::string_view kPath = "/.well-known/probing.txt";

/// Whether a client's word for us can stand in a file of ours.
bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '[' || c == ']';
  });
}

bool is_uri(std::string_view contact) {
  return contact.find("://") != std::string_view::npos || contact.starts_with("mailto:") || contact.starts_with("tel:");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += '\n';
}

}  // namespace

std::string render_probing_txt(std::string_view contact, std::string_view vantage, std::string_view host,
                               WallTime now) {
  std::string out;
  if (contact.ends_with(kPath)) {
    append_field(out, "Canonical", contact);
  } else if (is_host(host)) {
    append_field(out, "Canonical", "http://" + std::string(host) + std::string(kPath));
  }
  append_field(out, "Contact", is_uri(contact) ? std::string(contact) : "mailto:" + std::string(contact));
  append_field(out, "Expires", format_rfc3339(now + std::chrono::hours(7 * 24)));
  append_field(out, "Preferred-Languages", "en");
  append_field(out, "Description",
               "blipd at " + std::string(vantage) +
                   " asks by ICMP echo, TCP SYN or HTTP, at a bounded rate, whether networks answer.");
  return out;
}

}  // namespace blipd

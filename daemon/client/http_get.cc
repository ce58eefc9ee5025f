#include "daemon/client/http_get.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/client/text_table.h"

namespace blipd {
namespace {

constexpr long kConnectSeconds = 5;
constexpr long kTotalSeconds = 30;
constexpr std::size_t kLargestBody = 256U << 20U;
/// Of what is no answer of ours.
constexpr std::size_t kLongestReason = 300;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlStringDeleter {
  void operator()(char* text) const { curl_free(text); }
};

std::size_t append(const char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kLargestBody) return 0;
  text.append(data, size * count);
  return size * count;
}

/// What a refusal says: {"error": "sentence"}, or a line of text.
std::string reason_in(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_string()) return json["error"].get<std::string>();
  return body.substr(0, std::min(body.find('\n'), kLongestReason));
}

}  // namespace

Result<std::string> http_get(const std::string& base, const std::string& path,
                             const std::vector<std::pair<std::string, std::string>>& parameters) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) return Error{"libcurl does not start"};
  const std::unique_ptr<CURL, EasyDeleter> easy(curl_easy_init());
  if (easy == nullptr) return Error{"libcurl does not start"};
  std::string url = base;
  while (url.ends_with('/')) url.pop_back();
  url += path;
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    const std::unique_ptr<char, CurlStringDeleter> escaped(
        curl_easy_escape(easy.get(), value.data(), static_cast<int>(value.size())));
    if (escaped == nullptr) return Error{url + ": parameter " + name + " cannot be sent"};
    url += separator + name + "=" + escaped.get();
    separator = '&';
  }
  std::string body;
  std::array<char, CURL_ERROR_SIZE> said{};
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kTotalSeconds);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, said.data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return Error{url + ": " + (said[0] != '\0' ? said.data() : curl_easy_strerror(code))};
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return Error{url + ": " + std::to_string(status) + " " + plain_text(reason_in(body))};
  return Result<std::string>(boost::system::in_place_value, std::move(body));
}

}  // namespace blipd

// What a client says to the web server, after HTTP's own syntax: the target on the first line, Accept-Encoding on the
// second. Whatever it is, the answer is one of those documented, with a body, and valid as a header.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/export/routes.h"

namespace {

blipd::WebEnvironment environment_of(const blipd::SnapshotPtr& snapshot) {
  blipd::WebEnvironment environment;
  environment.snapshot = [snapshot] { return snapshot; };
  environment.reload_status = [] { return blipd::ReloadStatus(); };
  environment.events = [](const blipd::EventQuery&) { return std::vector<blipd::LoggedEventPtr>(); };
  environment.config = [] { return blipd::ShownConfig{"vantage:\n", "noc@example.net"}; };
  return environment;
}

blipd::SnapshotPtr small_snapshot() {
  auto snapshot = std::make_shared<blipd::Snapshot>();
  snapshot->networks.emplace_back();
  snapshot->networks.back().name = "a b";
  return snapshot;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const blipd::WebEnvironment environment = environment_of(small_snapshot());
  static blipd::Routes routes(environment);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const std::string_view accept_encoding = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  const blipd::WebAnswer answer =
      routes.answer({"GET", text.substr(0, end), accept_encoding, accept_encoding, accept_encoding});
  const auto* response = std::get_if<blipd::WebResponse>(&answer);
  // A GET asks for no reload; what else is not there yet is answered later.
  if (std::holds_alternative<blipd::ReloadQuestion>(answer)) std::abort();
  if (response == nullptr) return 0;
  if (!response->body) std::abort();
  if (response->status != 200 && response->status != 400 && response->status != 404 && response->status != 405 &&
      response->status != 503) {
    std::abort();
  }
  const std::string head = blipd::response_head(*response, {true, false}, blipd::WallTime());
  if (head.find("\r\n\r\n") != head.size() - 4) std::abort();
  return 0;
}

// What a server sends, as curl hands it over: header lines first, and behind the first empty line the body, in pieces.
// Whatever it is, what is kept stays within its bounds, and there is a verdict.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "probes/http_options.h"
#include "probes/http_response.h"
#include "probes/option_reader.h"

namespace {

constexpr std::size_t kLimit = 4096;

std::shared_ptr<const blipd::HttpOptions> strict_options() {
  blipd::OptionValue none;
  none.kind = blipd::OptionValue::Kind::mapping;
  std::vector<blipd::Problem> problems;
  blipd::OptionReader reader(none, "", problems);
  const auto defaults = std::static_pointer_cast<const blipd::HttpOptions>(blipd::read_http_options(reader));
  auto options = std::make_shared<blipd::HttpOptions>(*defaults);
  options->body_size_limit = kLimit;
  options->fail_if_body_matches = {*blipd::HttpPattern::compile("(a|b)*c")};
  options->fail_if_header_matches = {{"x", *blipd::HttpPattern::compile("^.*y$"), true}};
  options->fail_if_header_not_matches = {{"server", *blipd::HttpPattern::compile("."), false}};
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const blipd::HttpOptions> options = strict_options();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  blipd::HttpResponse response(*options);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
    text.remove_prefix(line.size());
    if (!response.add_header(line)) return 0;
    if (line == "\n" || line == "\r\n") break;
  }
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, 7);
    text.remove_prefix(piece.size());
    if (!response.add_body(piece)) break;
    if (response.kept() > kLimit) std::abort();
  }
  const std::optional<blipd::FailureReason> reason = response.why_not_valid(200, 11, false);
  if (reason && *reason != blipd::FailureReason::body) std::abort();
  return 0;
}

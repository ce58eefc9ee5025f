#include "probes/http_pattern.h"

#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <utility>

#include "probes/option_reader.h"

namespace blipd {

Result<HttpPattern> HttpPattern::compile(const std::string& expression) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  auto compiled = std::make_shared<const RE2>(expression, options);
  if (!compiled->ok()) return Error{in_quotes(expression) + " is not a regular expression: " + compiled->error()};
  return HttpPattern(std::move(compiled));
}

bool HttpPattern::found_in(std::string_view text) const {
  // Not std::string_view where Abseil was built without it (Debian 13).
  const re2::StringPiece piece(text.data(), text.size());
  return compiled_->Match(piece, 0, piece.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace blipd

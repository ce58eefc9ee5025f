// Regular expressions for what servers send: RE2 syntax, which is that of Prometheus and its exporters. The time of a
// search grows with the text alone, whatever the expression and whoever wrote the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "probes/result.h"

namespace re2 {
class RE2;
}

namespace blipd {

/// Never changes; any thread.
class HttpPattern {
 public:
  /// The error quotes the expression and says what is wrong with it.
  static Result<HttpPattern> compile(const std::string& expression);
  /// Whether it matches anywhere in `text`. Text that is not UTF-8 is matched as far as it is.
  bool found_in(std::string_view text) const;

 private:
  explicit HttpPattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace blipd

#include "daemon/storage/stable_key.h"

#include <vector>

#include "probes/reply_signature.h"
#include "probes/wire/bytes.h"

namespace blipd {
namespace {

/// Not a secret: it only has to stay what it is. A change forgets every kept window and host.
constexpr ReplySignature::Key kKey{'b', 'l', 'i', 'p', 'd', ' ', 's', 't', 'o', 'r', 'a', 'g', 'e', ' ', 'v', '1'};

}  // namespace

std::int64_t stable_key(std::initializer_list<std::string_view> words) {
  std::vector<std::uint8_t> text;
  for (const std::string_view word : words) {
    text.resize(text.size() + 4);
    put_number(text, text.size() - 4, word.size(), 4);
    text.insert(text.end(), word.begin(), word.end());
  }
  return static_cast<std::int64_t>(ReplySignature(kKey).hash(text));
}

}  // namespace blipd

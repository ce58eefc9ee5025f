// Echo messages from anywhere: what is decoded must be what stands there.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "probes/wire/icmp_echo.h"

namespace {

void check(blipd::IpFamily family, blipd::Bytes message, const std::optional<blipd::Echo>& echo) {
  if (!echo) return;
  if (message.size() < blipd::kEchoHeaderSize) std::abort();
  if (echo->tag.has_value() != (message.size() >= blipd::kEchoHeadSize)) std::abort();
  if (!echo->tag) return;
  std::array<std::uint8_t, blipd::kEchoHeadSize> again{};
  blipd::encode_echo_request(family, echo->identifier, echo->sequence, *echo->tag, 0, again);
  if (!std::equal(again.begin() + 4, again.end(), message.begin() + 4)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const blipd::Bytes message(data, size);
  for (const blipd::IpFamily family : {blipd::IpFamily::v4, blipd::IpFamily::v6}) {
    check(family, message, blipd::decode_echo_request(family, message));
    check(family, message, blipd::decode_echo_reply(family, message));
  }
  return 0;
}

// A packet from anywhere, first byte odd for IPv6, read as an answer: nothing is believed without its MAC.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "probes/icmp_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const blipd::IcmpIdentifiers kIdentifiers(0x1230);
  static const blipd::ReplySignature kSignature(blipd::ReplySignature::Key{1});
  const blipd::IpFamily family = data[0] % 2 == 0 ? blipd::IpFamily::v4 : blipd::IpFamily::v6;
  const blipd::ReceivedPacket packet{blipd::Bytes(data, size).subspan(1), {}, 0, {}};
  const blipd::Answer answer = blipd::read_icmp_answer(family, packet, kIdentifiers, kSignature);
  switch (answer.kind) {
    case blipd::AnswerKind::reply:
    case blipd::AnswerKind::icmp_error: {
      // The MAC ends the head, and the identifier is one of sixteen.
      bool signed_by_us = false;
      for (unsigned id = 0x1230; id <= 0x123f; ++id) {
        const std::uint64_t mac = kSignature.sign(answer.number, answer.slot, static_cast<std::uint16_t>(id));
        std::uint8_t bytes[8];
        blipd::put_number(bytes, 0, mac, sizeof bytes);
        for (std::size_t i = 0; i + sizeof bytes <= packet.bytes.size() && !signed_by_us; ++i) {
          signed_by_us = std::equal(std::begin(bytes), std::end(bytes), packet.bytes.begin() + static_cast<long>(i));
        }
      }
      if (!signed_by_us) std::abort();
      break;
    }
    case blipd::AnswerKind::failure:
    case blipd::AnswerKind::unsent:
      std::abort();  // are of other probers
    case blipd::AnswerKind::short_quote:
      if (!kIdentifiers.owns(answer.identifier)) std::abort();
      break;
    case blipd::AnswerKind::forged:
    case blipd::AnswerKind::stray:
      if (answer.slot != 0 || answer.number != blipd::TargetNumber{}) std::abort();
      break;
  }
  return 0;
}

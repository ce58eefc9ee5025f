// Any text, read as the evidence of a kept event. What is read is the same when it is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/storage/event_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto evidence = blipd::decode_evidence(text);
  if (!evidence) return 0;
  if (evidence->errors.size() > 8) std::abort();
  const std::string written = blipd::encode_evidence(*evidence);
  const auto again = blipd::decode_evidence(written);
  // A name may grow when bytes that are not UTF-8 are replaced, and then the whole can become too long.
  if (!again) return written.size() > 64 * 1024 ? 0 : (std::abort(), 0);
  if (again->falls != evidence->falls || again->answering.size() != evidence->answering.size()) std::abort();
  if (again->dark != evidence->dark || again->errors.size() != evidence->errors.size()) std::abort();
  return 0;
}

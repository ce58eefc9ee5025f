// Any bytes, read as kept windows, hosts, windows of hosts and modules. What is read obeys the bounds that the header
// promises, and is the same when it is written and read again.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/storage/saved_host_windows.h"
#include "daemon/storage/saved_hosts.h"
#include "daemon/storage/saved_module.h"
#include "daemon/storage/saved_state.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_as_windows(blipd::Bytes bytes) {
  const auto windows = blipd::decode_windows(bytes);
  if (!windows) return;
  for (const blipd::SavedWindow& window : *windows) {
    require(window.length >= std::chrono::seconds(10) && window.buckets.size() <= blipd::Window::kBuckets);
    for (const blipd::ReplyCount& bucket : window.buckets) require(bucket.replies <= bucket.probes);
    // Whatever it holds, a window can take it over.
    blipd::Window taken(window.length);
    const blipd::WindowContents contents{blipd::Instant(window.first.time_since_epoch()), window.buckets};
    taken.restore(contents, contents.first + window.length);
  }
  const auto again = blipd::decode_windows(blipd::encode_windows(*windows));
  require(again && again->size() == windows->size());
  require(blipd::encode_windows(*again) == blipd::encode_windows(*windows));
}

void read_as_module(blipd::Bytes bytes) {
  const auto module = blipd::decode_module(bytes);
  if (!module) return;
  for (const blipd::SavedAvailability& saved : module->availability) {
    require(saved.outcomes.replies <= saved.outcomes.probes && saved.count.unavailable <= saved.count.intervals);
  }
  const auto again = blipd::decode_module(blipd::encode_module(*module));
  require(again && blipd::encode_module(*again) == blipd::encode_module(*module));
}

void read_as_hosts(blipd::Bytes bytes) {
  const auto modules = blipd::decode_hosts(bytes);
  if (!modules) return;
  for (const blipd::SavedModuleHosts& module : *modules) {
    for (const blipd::SavedHost& host : module.hosts)
      require(host.outcomes_known <= 64 && host.own_loss >= 0 && host.own_loss <= 1);
  }
  const auto again = blipd::decode_hosts(blipd::encode_hosts(*modules));
  require(again && blipd::encode_hosts(*again) == blipd::encode_hosts(*modules));
}

void read_as_host_windows(blipd::Bytes bytes) {
  const auto hosts = blipd::decode_host_windows(bytes);
  if (!hosts) return;
  blipd::HostWindowsEncoder encoder;
  for (const blipd::SavedHostWindows& host : *hosts) encoder.add(host);
  const auto again = blipd::decode_host_windows(encoder.take());
  require(again && again->size() == hosts->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const blipd::Bytes bytes(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      read_as_windows(bytes);
      break;
    case 1:
      read_as_hosts(bytes);
      break;
    case 3:
      read_as_module(bytes);
      break;
    default:
      read_as_host_windows(bytes);
  }
  return 0;
}

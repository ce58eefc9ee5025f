#include "daemon/service/own_side.h"

#include <optional>

namespace blipd {

void OwnSide::look(const Snapshot& snapshot, std::uint64_t accept_failures, const std::vector<Address>& references) {
  const ClockBridge::Reading clocks = ClockBridge::read();
  faults_.compare(snapshot, accept_failures, clocks);
  const std::optional<SourceWatch::Change> gone = sources_.look(references, clocks.after);
  if (!gone) return;
  log_.line(LogLevel::warn, "an address of ours has gone; probes sent from it are void",
            {{"address", gone->was.to_string()}});
  own_fault_(gone->from, gone->to);
}

}  // namespace blipd

#include "daemon/service/source_watch.h"

#include <utility>

#include "probes/local_addresses.h"

namespace blipd {
namespace {

/// If the kernel does not tell, nothing has gone.
bool kernel_is_own(const Address& address) {
  const Result<LocalAddresses> read = LocalAddresses::read();
  return !read || read->is_own(address);
}

}  // namespace

SourceWatch::Ports SourceWatch::kernel() { return {kernel_way_to, kernel_is_own}; }

std::optional<SourceWatch::Change> SourceWatch::look(const Ways& ways, Instant now) {
  std::set<unsigned> interfaces;
  for (const Address& host : ways.hosts) {
    const std::optional<Address>& from = host.is_v4() ? ways.source4 : ways.source6;
    const std::optional<Way> way = ports_.way_to(host, from);
    // Of an address that it is given, the kernel need not say that it is there.
    if (!way || (from && !ports_.is_own(*from))) continue;
    seen_.insert_or_assign(way->source, now);
    interfaces.insert(way->interface);
  }
  // Without any way the news of the interface that it led by may still be to come.
  if (!interfaces.empty()) interfaces_ = std::move(interfaces);
  std::optional<Change> change;
  for (auto at = seen_.begin(); at != seen_.end();) {
    if (at->second == now) {
      ++at;
      continue;
    }
    // Another way is taken: what was sent from there may still be answered there, if the address is left.
    if (!ports_.is_own(at->first)) change = Change{at->second, now, {WayLoss::What::address, 0, at->first}};
    at = seen_.erase(at);
  }
  return change;
}

bool SourceWatch::concerns_us(const WayLoss& loss) const {
  return loss.what == WayLoss::What::address ? seen_.contains(loss.address) : interfaces_.contains(loss.interface);
}

std::optional<SourceWatch::Change> SourceWatch::on_losses(const std::vector<WayLoss>& losses, Instant from,
                                                          Instant now) {
  std::optional<Change> change;
  for (const WayLoss& loss : losses) {
    if (!concerns_us(loss)) continue;
    if (!change) change = Change{from, now, loss};
    // Told once; if it is there again, the next look sees it.
    if (loss.what == WayLoss::What::address) seen_.erase(loss.address);
  }
  return change;
}

}  // namespace blipd

#include "probes/http_phases.h"

#include <algorithm>
#include <numeric>

namespace blipd {
namespace {

constexpr std::chrono::microseconds kNone{0};

HttpTimes growth(const HttpTimes& now, const HttpTimes& before) {
  return {now.resolved - before.resolved, now.connected - before.connected, now.secured - before.secured,
          now.requested - before.requested, now.answered - before.answered};
}

}  // namespace

void HttpPhases::add(HttpPhase phase, Duration spent) {
  phases_[static_cast<std::size_t>(phase)] += std::max(spent, Duration{});
}

Duration HttpPhases::sum() const { return std::accumulate(phases_.begin(), phases_.end(), Duration{}); }

void HttpPhases::take(const HttpTimes& now, bool https) {
  const HttpTimes grown = growth(now, last_);
  last_ = now;
  if (grown.resolved > kNone) {
    ++requests_;
    before_request_ = sum();
    add(HttpPhase::resolve, grown.resolved);
    reached_ = HttpPhase::connect;
  }
  if (grown.connected > kNone) {
    add(HttpPhase::connect, grown.connected - grown.resolved);
    reached_ = https && grown.secured == kNone ? HttpPhase::tls : HttpPhase::processing;
  }
  if (grown.secured > kNone) {
    add(HttpPhase::tls, grown.secured - grown.connected);
    reached_ = HttpPhase::processing;
  }
  // The tunnel through a proxy without TLS in it.
  if (grown.connected > kNone && grown.requested > kNone) {
    add(HttpPhase::connect, grown.requested - std::max(grown.connected, grown.secured));
  }
  if (grown.answered > kNone) {
    add(HttpPhase::processing, grown.answered - grown.requested);
    reached_ = HttpPhase::transfer;
  }
}

void HttpPhases::close(const HttpTimes& now, bool https, const HttpWhole& whole) {
  take(now, https);
  // The last request may have ended before its first part did.
  const bool seen = requests_ > whole.redirects;
  if (!seen) reached_ = HttpPhase::resolve;
  add(HttpPhase::transfer, whole.before_request - (seen ? before_request_ : sum()));
  add(reached_, whole.total - sum());
}

}  // namespace blipd

#include "daemon/events/logged_event.h"

namespace blipd {

bool EventQuery::matches(const LoggedEvent& event) const {
  if (network && event.facts.network != *network) return false;
  if (since && event.end && *event.end < *since) return false;
  return !until || event.start <= *until;
}

}  // namespace blipd

#include "daemon/detect/vantage_exchange.h"

#include <chrono>
#include <utility>

namespace blipd {
namespace {

/// A first thread that does not come any more is not waited for with ever more.
constexpr std::size_t kMostSeconds = 60;
constexpr std::size_t kMostFaults = 60;

}  // namespace

void VantageEvidence::add_sends(Instant at, std::uint64_t tried, std::uint64_t refused) {
  const Instant second = std::chrono::floor<std::chrono::seconds>(at);
  if (sends.empty() || sends.back().second != second) {
    if (sends.size() >= kMostSeconds) sends.erase(sends.begin());
    sends.push_back({second, 0, 0});
  }
  sends.back().tried += tried;
  sends.back().refused += refused;
}

void VantageEvidence::add_fault(Instant from, Instant to) {
  if (faults.size() >= kMostFaults) faults.erase(faults.begin());
  faults.push_back({from, to});
}

void VantageEvidence::clear() {
  sends.clear();
  faults.clear();
  curious = false;
}

void VantageExchange::publish(VantageVerdict verdict) {
  auto published = std::make_shared<const VantageVerdict>(std::move(verdict));
  const std::lock_guard lock(mutex_);
  // The old one ends outside the lock, here or with whoever reads it.
  verdict_.swap(published);
}

std::shared_ptr<const VantageVerdict> VantageExchange::verdict() const {
  const std::lock_guard lock(mutex_);
  return verdict_;
}

void VantageExchange::tell(std::size_t thread, const VantageEvidence& evidence) {
  const std::lock_guard lock(mutex_);
  VantageEvidence& told = told_[thread];
  for (const VantageEvidence::Sends& sends : evidence.sends) told.add_sends(sends.second, sends.tried, sends.refused);
  for (const VantageEvidence::Fault& fault : evidence.faults) told.add_fault(fault.from, fault.to);
  told.silence = evidence.silence;
  told.curious = told.curious || evidence.curious;
}

std::vector<VantageEvidence> VantageExchange::take() {
  std::vector<VantageEvidence> taken;
  const std::lock_guard lock(mutex_);
  taken = told_;
  for (VantageEvidence& told : told_) told.clear();
  return taken;
}

}  // namespace blipd

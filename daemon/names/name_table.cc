#include "daemon/names/name_table.h"

#include <algorithm>
#include <utility>

namespace blipd {
namespace {

/// How far lookups may run ahead of even spacing, so that not each one needs a wake-up.
constexpr Duration kAhead = std::chrono::milliseconds(20);

/// Filters answer with a loopback address what they do not want to be found, and it would be us who answer there. What
/// this machine's own files say of itself is another matter.
bool is_loopback(const Address& address) {
  if (address.is_v4()) return address.v4_value() >> 24U == 127;
  const auto& bytes = address.bytes();
  return bytes.back() == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; });
}

/// Whether the address can be that of one host; `address` is from a record of `family`.
bool is_usable(const Address& address, Family family, bool from_file) {
  if (!from_file && is_loopback(address)) return false;
  if (family == Family::v4) {
    const std::uint32_t value = address.v4_value();
    const bool is_multicast = value >> 28U == 0xe;
    return address.is_v4() && value != 0 && value != 0xffffffffU && !is_multicast;
  }
  const bool is_multicast = address.bytes()[0] == 0xff;
  return !address.is_v4() && address != Address{} && !is_multicast;
}

/// The address in use if the answer holds it, else the first that is usable.
std::optional<Address> choose(const LookupAnswer& answer, Family family, const std::optional<Address>& in_use) {
  const std::vector<Address>& all = answer.addresses;
  if (in_use && std::find(all.begin(), all.end(), *in_use) != all.end()) return in_use;
  const bool from_file = !answer.ttl;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Address& a) { return is_usable(a, family, from_file); });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

void NameTable::set_names(std::vector<std::string> names, Instant now) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<Entry> entries;
  entries.reserve(names.size());
  auto old = entries_.begin();
  for (std::string& name : names) {
    while (old != entries_.end() && old->name < name) ++old;
    if (old != entries_.end() && old->name == name) {
      entries.push_back(std::move(*old++));
      continue;
    }
    Entry& entry = entries.emplace_back();
    entry.name = std::move(name);
    for (FamilyState& state : entry.families) state.due = now;
  }
  entries_ = std::move(entries);
  rebuild_queue();
}

void NameTable::rebuild_queue() {
  std::vector<Due> waiting;
  waiting.reserve(entries_.size() * kFamilies);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    for (std::size_t family = 0; family < kFamilies; ++family) {
      const FamilyState& state = entries_[i].families[family];
      if (!state.asking) waiting.push_back({state.due, i * kFamilies + family});
    }
  }
  queue_ = decltype(queue_)(std::greater<>(), std::move(waiting));
}

Duration NameTable::spacing() const {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / rules_.names_per_second / kFamilies));
}

std::vector<Lookup> NameTable::take_due(Instant now) {
  std::vector<Lookup> lookups;
  while (!queue_.empty() && queue_.top().at <= now && in_flight_ < rules_.in_flight && paced_ - kAhead <= now) {
    const std::size_t place = queue_.top().place;
    queue_.pop();
    Entry& entry = entries_[place / kFamilies];
    const std::size_t family = place % kFamilies;
    entry.families[family].asking = true;
    ++in_flight_;
    paced_ = std::max(paced_, now) + spacing();
    lookups.push_back({entry.name, static_cast<Family>(family)});
  }
  return lookups;
}

std::optional<Instant> NameTable::next_due() const {
  if (queue_.empty() || in_flight_ >= rules_.in_flight) return std::nullopt;
  return std::max(queue_.top().at, paced_ - kAhead);
}

NameTable::Entry* NameTable::find(const std::string& name) {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const Entry& entry, const std::string& wanted) { return entry.name < wanted; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

void NameTable::end(const Lookup& lookup, const LookupAnswer& answer, Instant now) {
  if (in_flight_ > 0) --in_flight_;
  Entry* entry = find(lookup.name);
  if (entry == nullptr) return;
  const auto family = static_cast<std::size_t>(lookup.family);
  FamilyState& state = entry->families[family];
  // A name that went and came back is asked twice at the same time; the first answer counts.
  if (!state.asking) return;
  state.asking = false;
  state.asked = true;
  state.due = now + take_answer(*entry, state, lookup.family, answer, now);
  queue_.push({state.due, static_cast<std::size_t>(entry - entries_.data()) * kFamilies + family});
  close_resolution(*entry);
}

/// Returns how long to wait before the next lookup.
Duration NameTable::take_answer(Entry& entry, FamilyState& state, Family family, const LookupAnswer& answer,
                                Instant now) {
  if (answer.kind == LookupAnswer::Kind::negative) {
    state.failed = 0;
    deny(entry, state, now);
    return rules_.negative_retry;
  }
  const std::optional<Address> address =
      answer.kind == LookupAnswer::Kind::addresses ? choose(answer, family, state.address) : std::nullopt;
  if (!address) {
    entry.failed = true;
    state.denied.reset();
    return retry_after(state.failed++);
  }
  take_address(state, *address);
  return answer.ttl ? std::clamp(*answer.ttl, rules_.least_ttl, rules_.most_ttl) : rules_.ttl_of_files;
}

void NameTable::take_address(FamilyState& state, const Address& address) {
  changed_ = changed_ || state.address != address;
  state.address = address;
  state.denied.reset();
  state.denied_for = {};
  state.failed = 0;
}

void NameTable::deny(Entry& entry, FamilyState& state, Instant now) {
  if (!state.address) {
    entry.negative = true;
    return;
  }
  entry.failed = true;
  // No more than two waits: a machine that slept has not been told no all the time.
  if (state.denied) state.denied_for += std::min<Duration>(now - *state.denied, 2 * rules_.negative_retry);
  state.denied = now;
  if (state.denied_for < rules_.denial) return;
  state.address.reset();
  changed_ = true;
}

Duration NameTable::retry_after(unsigned failed) const {
  Duration wait = rules_.first_retry;
  for (unsigned i = 0; i < failed && wait < rules_.most_retry; ++i) wait *= 2;
  return std::min(wait, rules_.most_retry);
}

void NameTable::close_resolution(Entry& entry) {
  for (const FamilyState& state : entry.families) {
    if (state.asking || !state.asked) return;
  }
  const bool has_none = !entry.families[0].address && !entry.families[1].address;
  if (entry.failed || (entry.negative && has_none)) ++failures_;
  entry.failed = entry.negative = false;
}

std::vector<ResolvedName> NameTable::resolved() const {
  std::vector<ResolvedName> names;
  names.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    names.push_back({entry.name, entry.families[0].address, entry.families[1].address});
  }
  return names;
}

bool NameTable::take_changed() { return std::exchange(changed_, false); }

}  // namespace blipd

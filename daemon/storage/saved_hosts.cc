#include "daemon/storage/saved_hosts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace blipd {
namespace {

constexpr std::uint8_t kVersion = 1;
// Lengths of a record that grew line by line.
constexpr std::size_t kOutcomesSize = 16 + 8 + 1 + 1;
constexpr std::size_t kLearnedSize = 1 + 1 + 2 + 4 * 4;
constexpr std::size_t kNameSize = 8;

void append(std::vector<std::uint8_t>& out, std::uint64_t value, std::size_t count) {
  out.resize(out.size() + count);
  put_number(out, out.size() - count, value, count);
}

std::optional<SavedHost> read_record(ByteReader record) {
  SavedHost host;
  std::array<std::uint8_t, 16> address{};
  const Bytes bytes = record.take(address.size());
  std::copy(bytes.begin(), bytes.end(), address.begin());
  host.address = Address(address);
  host.outcomes = record.u64();
  host.outcomes_known = record.u8();
  host.failure_run = record.u8();
  if (!record.ok() || host.outcomes_known > 64) return std::nullopt;
  if (record.rest().size() < kLearnedSize) return host;
  host.hop_limit = record.u8();
  host.suspect_run = record.u8();
  host.learned = record.u16();
  host.own_loss = std::bit_cast<float>(record.u32());
  host.rtt_us = record.u32();
  host.rtt_variation_us = record.u32();
  host.usual_rtt_us = record.u32();
  if (!(host.own_loss >= 0 && host.own_loss <= 1)) return std::nullopt;  // NaN is neither
  if (record.rest().size() < kNameSize) return host;
  host.name = static_cast<std::int64_t>(record.u64());
  return host;
}

}  // namespace

SavedHost saved_host(const TargetState& target, std::int64_t name) {
  SavedHost host;
  host.address = target.address;
  host.outcomes = target.outcomes;
  host.outcomes_known = target.outcomes_known;
  host.failure_run = target.failure_run;
  host.hop_limit = target.hop_limit;
  host.suspect_run = target.suspect_run;
  host.learned = target.learned;
  host.own_loss = target.own_loss;
  host.rtt_us = target.rtt_us;
  host.rtt_variation_us = target.rtt_variation_us;
  host.usual_rtt_us = target.usual_rtt_us;
  host.name = name;
  return host;
}

TargetState known_host(const SavedHost& host) {
  TargetState target;
  target.address = host.address;
  target.outcomes = host.outcomes;
  target.outcomes_known = host.outcomes_known;
  target.failure_run = host.failure_run;
  target.hop_limit = host.hop_limit;
  target.suspect_run = host.suspect_run;
  target.learned = host.learned;
  target.own_loss = host.own_loss;
  target.rtt_us = host.rtt_us;
  target.rtt_variation_us = host.rtt_variation_us;
  target.usual_rtt_us = host.usual_rtt_us;
  return target;
}

HostsEncoder::HostsEncoder() : bytes_{kVersion, 0, 0} {}

void HostsEncoder::begin_module(std::int64_t module, bool named) {
  named_ = named;
  ++modules_;
  put_number(bytes_, 1, modules_, 2);
  append(bytes_, static_cast<std::uint64_t>(module), 8);
  append(bytes_, kOutcomesSize + kLearnedSize + (named ? kNameSize : 0), 2);
  append(bytes_, 0, 4);
  count_at_ = bytes_.size() - 4;
  records_ = 0;
}

void HostsEncoder::add(const SavedHost& host) {
  put_number(bytes_, count_at_, ++records_, 4);
  bytes_.insert(bytes_.end(), host.address.bytes().begin(), host.address.bytes().end());
  append(bytes_, host.outcomes, 8);
  append(bytes_, host.outcomes_known, 1);
  append(bytes_, host.failure_run, 1);
  append(bytes_, host.hop_limit, 1);
  append(bytes_, host.suspect_run, 1);
  append(bytes_, host.learned, 2);
  append(bytes_, std::bit_cast<std::uint32_t>(host.own_loss), 4);
  append(bytes_, host.rtt_us, 4);
  append(bytes_, host.rtt_variation_us, 4);
  append(bytes_, host.usual_rtt_us, 4);
  if (named_) append(bytes_, static_cast<std::uint64_t>(host.name), 8);
}

std::vector<std::uint8_t> HostsEncoder::take() { return std::exchange(bytes_, {}); }

std::vector<std::uint8_t> encode_hosts(const std::vector<SavedModuleHosts>& modules) {
  HostsEncoder encoder;
  for (const SavedModuleHosts& module : modules) {
    const bool named =
        std::any_of(module.hosts.begin(), module.hosts.end(), [](const SavedHost& host) { return host.name != 0; });
    encoder.begin_module(module.module, named);
    for (const SavedHost& host : module.hosts) encoder.add(host);
  }
  return encoder.take();
}

std::optional<std::vector<SavedModuleHosts>> decode_hosts(Bytes bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kVersion) return std::nullopt;
  const std::size_t count = reader.u16();
  std::vector<SavedModuleHosts> modules;
  for (std::size_t i = 0; i < count; ++i) {
    SavedModuleHosts module;
    module.module = static_cast<std::int64_t>(reader.u64());
    const std::size_t record_size = reader.u16();
    const std::size_t records = reader.u32();
    if (!reader.ok() || record_size < kOutcomesSize || records > reader.rest().size() / record_size)
      return std::nullopt;
    module.hosts.reserve(records);
    for (std::size_t r = 0; r < records; ++r) {
      const std::optional<SavedHost> host = read_record(ByteReader(reader.take(record_size)));
      if (!host) return std::nullopt;
      module.hosts.push_back(*host);
    }
    modules.push_back(std::move(module));
  }
  if (!reader.ok() || !reader.rest().empty()) return std::nullopt;
  return modules;
}

}  // namespace blipd

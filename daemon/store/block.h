// One network under one module: its targets and everything counted about its background probes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/availability.h"
#include "daemon/store/host_record.h"
#include "daemon/store/loss_pairs.h"
#include "daemon/store/snapshot.h"
#include "daemon/store/target.h"
#include "daemon/store/window.h"
#include "probes/fetch.h"

namespace blipd {

/// How many hosts are in which condition, by their newest booked outcomes. Hosts without any outcome are in none.
struct HostConditions {
  std::uint64_t responding = 0;  ///< the newest outcome is a reply
  std::uint64_t wavering = 0;    ///< one or two failures in a row
  std::uint64_t unheard = 0;     ///< one or two failures, and no reply yet
  std::uint64_t silent = 0;      ///< three or more failures in a row
  std::uint64_t known() const { return responding + wavering + unheard + silent; }
};

/// Probes that are in no ratio, by what became of them.
struct PurposeCounters {
  std::uint64_t replies = 0;
  std::uint64_t failures = 0;
  std::uint64_t voids = 0;
};

/// Probing thread only. Booking is done through the members below and by Store alone.
class Block {
 public:
  Block(std::uint32_t id, std::string network, std::string module, const std::vector<Duration>& window_lengths);

  std::uint32_t id() const { return id_; }
  const std::string& network() const { return network_; }
  const std::string& module() const { return module_; }

  /// Places: index is TargetNumber::place. Inactive places belong to removed hosts.
  std::vector<TargetState>& targets() { return targets_; }
  const std::vector<TargetState>& targets() const { return targets_; }
  /// Replaces the places. The state of a place that keeps its address is carried over; the conditions are counted anew.
  void replace_targets(std::vector<TargetState> targets);
  /// Fetches what will be looked at of a host.
  void fetch_target(std::uint32_t place) const { fetch(targets_.data() + place); }
  /// Fetches what a send and a reply count in.
  void fetch_counters() const {
    fetch(this, kCacheLine);
    fetch(&probes_);
    fetch(&rtt_);
  }
  // Fetch what `record` and `ratios` look at, in two steps.
  void fetch_books() const { fetch(this); }
  void fetch_windows() const {
    if (!windows_.empty()) fetch(windows_.data(), windows_.size() * sizeof(Window));
    if (!loss_pairs_.empty()) fetch(loss_pairs_.data(), loss_pairs_.size() * sizeof(LossPairs));
  }
  std::uint64_t active_targets() const { return active_targets_; }
  /// What is known from an earlier run of the host of that place. Only of one without an outcome in this run.
  void take_over(std::uint32_t place, const TargetState& known);
  /// Every host is gone: nothing is sent any more, what is in flight ends as void.
  void remove_all();

  /// Drops and makes windows so that they are as configured; those whose length stays keep what they hold.
  void set_windows(const std::vector<Duration>& lengths);
  const std::vector<Duration>& window_lengths() const { return window_lengths_; }
  const std::vector<Window>& windows() const { return windows_; }  ///< as window_lengths()
  /// The window of that length, if there is one, takes over what one of an earlier run held.
  void restore_window(Duration length, const WindowContents& contents, Instant now);

  /// As `restore_window`, of how losses come together in it.
  void restore_loss_pairs(Duration length, const WindowContents& contents, bool lost_before, Instant now);
  const std::vector<LossPairs>& loss_pairs() const { return loss_pairs_; }  ///< as window_lengths()

  /// Keeps windows and round-trip times of each host from now on, or no longer.
  void keep_host_records(bool keep);
  bool keeps_host_records() const { return host_records_ != nullptr; }
  /// The windows of that place's host, as window_lengths(); only while records are kept.
  const std::vector<Window>& host_windows(std::uint32_t place) const { return (*host_records_)[place].windows; }
  /// As `restore_window`, of that place's host; nothing while no records are kept.
  void restore_host_window(std::uint32_t place, Duration length, const WindowContents& contents, Instant now);
  /// One host, only while records are kept. `host` is left empty.
  HostSnapshot host(std::uint32_t place, Instant until) const;

  void count_sent();
  void count_missed(std::uint64_t n) { probes_.missed += n; }
  void count_late() { ++probes_.late; }
  /// Of a purpose other than background.
  PurposeCounters& extra(Purpose purpose) { return extra_[static_cast<std::size_t>(purpose)]; }
  const PurposeCounters& extra(Purpose purpose) const { return extra_[static_cast<std::size_t>(purpose)]; }
  void count_duplicate() { ++probes_.duplicate; }
  void count_error(const IcmpErrorCode& icmp, const Address& responder);
  /// What an HTTP exchange of that place told besides its outcome.
  void count_exchange(std::uint32_t place, const HttpExchange& exchange);
  void book_reply(std::uint32_t place, Duration round_trip);
  void book_failure(FailureReason reason);
  void book_void(VoidCause cause);
  /// Takes a final outcome, in send order, into the windows and the host's record. Returns the host's failures in a row
  /// including this outcome.
  unsigned record(std::uint32_t place, Instant sent, bool reply);

  const ProbeCounters& probes() const { return probes_; }
  const RttHistogram& rtt() const { return rtt_; }
  const std::vector<ErrorEvidence>& errors() const { return errors_; }
  const HostConditions& hosts() const { return hosts_; }
  /// With intervals that know how losses come together.
  std::vector<WindowRatio> ratios(Instant until) const;
  const Availability& availability() const { return availability_; }
  Availability& availability() { return availability_; }
  /// Nullopt before the first exchange.
  std::optional<HttpFigures> http() const;

 private:
  std::uint64_t& condition_of(const TargetState& target);
  HostRecord new_record() const;

  // What every probe touches stands together, from the front.
  std::uint32_t id_;
  std::vector<TargetState> targets_;
  std::unique_ptr<std::vector<HostRecord>> host_records_;  ///< by place
  ProbeCounters probes_;
  std::array<PurposeCounters, kPurposes> extra_{};
  RttHistogram rtt_;
  std::vector<Duration> window_lengths_;
  std::vector<Window> windows_;
  std::vector<LossPairs> loss_pairs_;  ///< as windows_
  Availability availability_;
  std::vector<ErrorEvidence> errors_;
  HostConditions hosts_;
  /// Only where exchanges are counted.
  struct HttpRecord {
    std::array<RttHistogram, kHttpPhases> phases{};
    std::vector<std::optional<WallTime>> expiries;  ///< by place
  };
  std::unique_ptr<HttpRecord> http_;
  std::uint64_t active_targets_ = 0;
  std::string network_;
  std::string module_;
};

/// The ratio with its interval. `correlation`: of a loss with the next.
WindowRatio ratio_of(const ReplyCount& count, double correlation = 0);
/// Counts a time in its bucket.
void add_to(RttHistogram& histogram, Duration time);
/// Index of the histogram bucket a round-trip time falls into; kRttBuckets if it is above all of them.
std::size_t rtt_bucket(Duration round_trip);

}  // namespace blipd

// Every metric blipd exports: its name, type and help text. They are blipd's public interface; docs/metrics.md lists
// the same with their labels, and a test compares the two.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace blipd {

enum class MetricKind : std::uint8_t { counter, gauge, histogram, summary };

struct MetricName {
  std::string_view name;
  MetricKind kind = MetricKind::gauge;
  std::string_view help;  ///< one line without backslashes: it is written as it stands
};

namespace metric {

// Per network and module, background probes only.
inline constexpr MetricName kProbesSent{
    "blipd_probes_sent_total", MetricKind::counter,
    "Background probes sent: replies + failures + void + in flight, at every scrape."};
inline constexpr MetricName kProbeReplies{"blipd_probe_replies_total", MetricKind::counter,
                                          "Background probes that ended with a reply within the timeout."};
inline constexpr MetricName kProbeFailures{"blipd_probe_failures_total", MetricKind::counter,
                                           "Background probes that failed, by reason."};
inline constexpr MetricName kProbesVoid{
    "blipd_probes_void_total", MetricKind::counter,
    "Background probes that prove nothing about the network and are in no ratio, by cause."};
inline constexpr MetricName kProbesInFlight{"blipd_probes_in_flight", MetricKind::gauge,
                                            "Background probes sent whose outcome is not booked yet."};
inline constexpr MetricName kRepliesLate{"blipd_replies_late_total", MetricKind::counter,
                                         "Replies that came after the timeout of their probe, which stays a failure."};
inline constexpr MetricName kRepliesDuplicate{"blipd_replies_duplicate_total", MetricKind::counter,
                                              "Further replies to a probe that has its reply."};
inline constexpr MetricName kProbesMissed{"blipd_probes_missed_total", MetricKind::counter,
                                          "Probes that were due and were not sent in time."};
inline constexpr MetricName kRoundSeconds{
    "blipd_round_seconds", MetricKind::gauge,
    "Length of one round over the targets: the interval, or longer where a limit binds."};
inline constexpr MetricName kRttSeconds{"blipd_rtt_seconds", MetricKind::histogram,
                                        "Round-trip time of background probes that had a reply."};
inline constexpr MetricName kSuccessRatio{
    "blipd_success_ratio", MetricKind::gauge,
    "Replies / (replies + failures) of background probes sent within the window; NaN without probes."};
inline constexpr MetricName kSuccessRatioLower{
    "blipd_success_ratio_lower", MetricKind::gauge,
    "Lower end of the 95 % interval of the success ratio; wider where losses come together."};
inline constexpr MetricName kSuccessRatioUpper{
    "blipd_success_ratio_upper", MetricKind::gauge,
    "Upper end of the 95 % interval of the success ratio; wider where losses come together."};
inline constexpr MetricName kWindowProbes{"blipd_window_probes", MetricKind::gauge,
                                          "Background probes the success ratio of the window is made of."};
inline constexpr MetricName kAvailabilityIntervals{
    "blipd_availability_intervals_total", MetricKind::counter,
    "Intervals judged by their loss ratio: a minute each for a loss of 0.20, five minutes for 0.75 (ITU-T Y.1540)."};
inline constexpr MetricName kUnavailableIntervals{
    "blipd_unavailable_intervals_total", MetricKind::counter,
    "Intervals of blipd_availability_intervals_total in which more than that share of the probes was lost."};
inline constexpr MetricName kRateLimitedHosts{
    "blipd_rate_limited_hosts", MetricKind::gauge,
    "Hosts whose answers to this module a rate limit holds back: they lose, and the network does not."};
inline constexpr MetricName kModuleState{"blipd_module_state", MetricKind::gauge,
                                         "State of the network as this module alone sees it: 1 for one of the five."};
inline constexpr MetricName kHttpPhaseSeconds{"blipd_http_phase_seconds", MetricKind::histogram,
                                              "Duration of each phase of HTTP exchanges that went through it."};
inline constexpr MetricName kTlsCertExpiry{
    "blipd_tls_cert_expiry_timestamp_seconds", MetricKind::gauge,
    "Earliest end of validity in the certificate chains that the hosts showed last."};
inline constexpr MetricName kExtraProbes{
    "blipd_extra_probes_total", MetricKind::counter,
    "Probes sent for other purposes than ratios, by purpose and outcome, counted when they end."};

// Per network.
inline constexpr MetricName kNetworkState{"blipd_network_state", MetricKind::gauge,
                                          "State of the network: 1 for one of the five."};
inline constexpr MetricName kNetworkStateChanges{"blipd_network_state_changes_total", MetricKind::counter,
                                                 "Changes of the state of the network."};
inline constexpr MetricName kNetworkHosts{"blipd_network_hosts", MetricKind::gauge,
                                          "Hosts of the network by whether they respond."};
inline constexpr MetricName kEvents{
    "blipd_events_total", MetricKind::counter,
    "Events that ended and were not taken back, by their final class; those of our own vantage have no network."};
inline constexpr MetricName kEventOpen{"blipd_event_open_timestamp_seconds", MetricKind::gauge,
                                       "Start of the event of the class that is open; 0 while none is."};
inline constexpr MetricName kLossBurstRatio{
    "blipd_loss_burst_ratio", MetricKind::gauge,
    "Mean run of losses of the last hour over that of random loss: 1 is random; NaN with too few losses."};
inline constexpr MetricName kLossRuns{"blipd_loss_run_probes", MetricKind::histogram,
                                      "Lengths of runs of losses, in background probes in the order of their sending."};
inline constexpr MetricName kNetworkInfo{"blipd_network_info", MetricKind::gauge,
                                         "Always 1; carries the labels the configuration gives the network."};

// Per host, where the configuration asks for it.
inline constexpr MetricName kHostSuccessRatio{
    "blipd_host_success_ratio", MetricKind::gauge,
    "Replies / (replies + failures) of background probes to the host sent within the window; NaN without probes."};
inline constexpr MetricName kHostWindowProbes{"blipd_host_window_probes", MetricKind::gauge,
                                              "Background probes the host's success ratio is made of."};
inline constexpr MetricName kHostResponding{
    "blipd_host_responding", MetricKind::gauge,
    "0 after three failures of the host in a row, and before its first reply; else 1."};
inline constexpr MetricName kHostRtt{"blipd_host_rtt_seconds", MetricKind::summary,
                                     "Quantiles of the round-trip times of the host's last 32 replies."};

// Ourselves.
inline constexpr MetricName kVantageOk{"blipd_vantage_ok", MetricKind::gauge,
                                       "1 while this vantage is fit to judge networks, 0 while its own uplink is ill."};
inline constexpr MetricName kReferenceResponding{"blipd_reference_responding", MetricKind::gauge,
                                                 "1 while the reference host responds."};
inline constexpr MetricName kTargets{"blipd_targets", MetricKind::gauge,
                                     "Targets probed: one for each host under each of its modules."};
inline constexpr MetricName kNames{"blipd_names", MetricKind::gauge,
                                   "Host names of the configuration by whether an address is known."};
inline constexpr MetricName kResolveFailures{"blipd_resolve_failures_total", MetricKind::counter,
                                             "Lookups of host names that gave no address to use."};
inline constexpr MetricName kRepliesStray{"blipd_replies_stray_total", MetricKind::counter,
                                          "Answers that match nothing we sent."};
inline constexpr MetricName kRepliesForged{"blipd_replies_forged_total", MetricKind::counter,
                                           "Answers that claim to be to our probes and fail authentication."};
inline constexpr MetricName kReceiveDrops{
    "blipd_socket_receive_drops_total", MetricKind::counter,
    "Answers the kernel dropped because our receive queue was full; some kernels count double."};
inline constexpr MetricName kRepliesUnstamped{
    "blipd_replies_unstamped_total", MetricKind::counter,
    "Answers without a usable kernel receive time, timed in user space instead."};
inline constexpr MetricName kRttBelowZero{"blipd_rtt_below_zero_total", MetricKind::counter,
                                          "Round-trip times that came out below zero and were read as 0."};
inline constexpr MetricName kClockSteps{"blipd_clock_steps_total", MetricKind::counter,
                                        "Steps of the wall clock met while converting kernel receive times."};
inline constexpr MetricName kSuspended{"blipd_suspended_seconds_total", MetricKind::counter,
                                       "How long the machine was suspended while blipd ran."};
inline constexpr MetricName kSchedulerLag{"blipd_scheduler_lag_seconds", MetricKind::histogram,
                                          "Time between when a probe was due and when it was sent."};
inline constexpr MetricName kSnapshotTimestamp{"blipd_snapshot_timestamp_seconds", MetricKind::gauge,
                                               "When the numbers of this page were taken; once a second."};
inline constexpr MetricName kReloadSuccessful{"blipd_config_last_reload_successful", MetricKind::gauge,
                                              "Whether the last reload of the configuration succeeded."};
inline constexpr MetricName kReloadSuccessTimestamp{"blipd_config_last_reload_success_timestamp_seconds",
                                                    MetricKind::gauge,
                                                    "When the configuration was last loaded with success."};
inline constexpr MetricName kStorageErrors{"blipd_storage_errors_total", MetricKind::counter,
                                           "Times the disk or the file on it refused, by reason."};
inline constexpr MetricName kStorageLastSuccess{"blipd_storage_last_success_timestamp_seconds", MetricKind::gauge,
                                                "When all that waited was last written to the disk; 0 before."};
inline constexpr MetricName kStorageQueueLength{"blipd_storage_queue_length", MetricKind::gauge,
                                                "Events, windows and hosts that wait to be written to the disk."};
inline constexpr MetricName kStorageFileSize{"blipd_storage_file_size_bytes", MetricKind::gauge,
                                             "Size of the file that state is kept in."};
inline constexpr MetricName kWebAcceptFailures{
    "blipd_web_accept_failures_total", MetricKind::counter,
    "Times the web server could accept no connection, mostly for want of a file descriptor."};
inline constexpr MetricName kBuildInfo{"blipd_build_info", MetricKind::gauge,
                                       "Always 1; carries the version of blipd and the compiler that built it."};
inline constexpr MetricName kProcessCpu{"process_cpu_seconds_total", MetricKind::counter,
                                        "User and system CPU time spent."};
inline constexpr MetricName kProcessResident{"process_resident_memory_bytes", MetricKind::gauge,
                                             "Resident memory size."};
inline constexpr MetricName kProcessVirtual{"process_virtual_memory_bytes", MetricKind::gauge, "Virtual memory size."};
inline constexpr MetricName kProcessOpenFds{"process_open_fds", MetricKind::gauge, "Open file descriptors."};
inline constexpr MetricName kProcessMaxFds{"process_max_fds", MetricKind::gauge,
                                           "File descriptors the process may have open."};
inline constexpr MetricName kProcessStart{"process_start_time_seconds", MetricKind::gauge,
                                          "When the process started, in seconds since the Unix epoch."};

}  // namespace metric

/// All of the above, in the order of the documentation.
inline constexpr std::array<const MetricName*, 61> kAllMetrics{
    &metric::kProbesSent,
    &metric::kProbeReplies,
    &metric::kProbeFailures,
    &metric::kProbesVoid,
    &metric::kProbesInFlight,
    &metric::kRepliesLate,
    &metric::kRepliesDuplicate,
    &metric::kProbesMissed,
    &metric::kRoundSeconds,
    &metric::kRttSeconds,
    &metric::kSuccessRatio,
    &metric::kSuccessRatioLower,
    &metric::kSuccessRatioUpper,
    &metric::kWindowProbes,
    &metric::kAvailabilityIntervals,
    &metric::kUnavailableIntervals,
    &metric::kRateLimitedHosts,
    &metric::kModuleState,
    &metric::kHttpPhaseSeconds,
    &metric::kTlsCertExpiry,
    &metric::kExtraProbes,
    &metric::kNetworkState,
    &metric::kNetworkStateChanges,
    &metric::kNetworkHosts,
    &metric::kEvents,
    &metric::kEventOpen,
    &metric::kLossBurstRatio,
    &metric::kLossRuns,
    &metric::kNetworkInfo,
    &metric::kHostSuccessRatio,
    &metric::kHostWindowProbes,
    &metric::kHostResponding,
    &metric::kHostRtt,
    &metric::kVantageOk,
    &metric::kReferenceResponding,
    &metric::kTargets,
    &metric::kNames,
    &metric::kResolveFailures,
    &metric::kRepliesStray,
    &metric::kRepliesForged,
    &metric::kReceiveDrops,
    &metric::kRepliesUnstamped,
    &metric::kRttBelowZero,
    &metric::kClockSteps,
    &metric::kSuspended,
    &metric::kSchedulerLag,
    &metric::kSnapshotTimestamp,
    &metric::kReloadSuccessful,
    &metric::kReloadSuccessTimestamp,
    &metric::kStorageErrors,
    &metric::kStorageLastSuccess,
    &metric::kStorageQueueLength,
    &metric::kStorageFileSize,
    &metric::kWebAcceptFailures,
    &metric::kBuildInfo,
    &metric::kProcessCpu,
    &metric::kProcessResident,
    &metric::kProcessVirtual,
    &metric::kProcessOpenFds,
    &metric::kProcessMaxFds,
    &metric::kProcessStart,
};

}  // namespace blipd

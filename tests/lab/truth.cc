#include "tests/lab/truth.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace blipd::lab {
namespace {

template <class Sums>
struct NamedCount {
  const char* name;
  std::uint64_t Sums::*count;
};

constexpr std::array<NamedCount<Counts>, 11> kCounts{{{"requests", &Counts::requests},
                                                      {"answered", &Counts::answered},
                                                      {"late", &Counts::late},
                                                      {"lost", &Counts::lost},
                                                      {"errors", &Counts::errors},
                                                      {"dark", &Counts::dark},
                                                      {"duplicates", &Counts::duplicates},
                                                      {"forged", &Counts::forged},
                                                      {"stray", &Counts::stray},
                                                      {"lost_forward", &Counts::lost_forward},
                                                      {"lost_back", &Counts::lost_back}}};

constexpr std::array<NamedCount<TcpCounts>, 7> kTcpCounts{{{"refused", &TcpCounts::refused},
                                                           {"repeats", &TcpCounts::repeats},
                                                           {"repeats_lost", &TcpCounts::repeats_lost},
                                                           {"resets", &TcpCounts::resets},
                                                           {"connections", &TcpCounts::connections},
                                                           {"responses", &TcpCounts::responses},
                                                           {"responses_repeated", &TcpCounts::responses_repeated}}};

using Json = nlohmann::ordered_json;

void put_counts(Json& entry, const Counts& counts) {
  for (const auto& [name, count] : kCounts) entry[name] = counts.*count;
}

void put_counts(Json& entry, const TcpCounts& counts) {
  put_counts(entry, static_cast<const Counts&>(counts));
  for (const auto& [name, count] : kTcpCounts) entry[name] = counts.*count;
}

template <class Sums>
Json ledger_json(const Ledger<Sums>& ledger) {
  Json entry;
  put_counts(entry, ledger.total);
  entry["seconds"] = Json::array();
  for (const auto& second : ledger.seconds) {
    Json line{{"second", second.second}};
    put_counts(line, second.counts);
    entry["seconds"].push_back(std::move(line));
  }
  return entry;
}

}  // namespace

void Counts::add(const Counts& other) {
  for (const auto& named : kCounts) this->*named.count += other.*named.count;
}

void TcpCounts::add(const TcpCounts& other) {
  Counts::add(other);
  for (const auto& named : kTcpCounts) this->*named.count += other.*named.count;
}

std::string truth_json(const Truth& truth, std::uint64_t seed, Elapsed elapsed, bool complete) {
  Json root;
  root["seed"] = seed;
  root["elapsed_seconds"] = std::chrono::duration<double>(elapsed).count();
  root["complete"] = complete;
  root["bad_checksum"] = truth.bad_checksum;
  root["unknown_destination"] = truth.unknown_destination;
  root["ignored"] = truth.ignored;
  root["untracked"] = truth.untracked;
  root["device_drops"] = truth.device_drops;
  root["write_failures"] = truth.write_failures;
  root["held_up"] = Json::array();
  for (const HoldUp& span : truth.held_up) {
    root["held_up"].push_back({{"from", std::chrono::duration<double>(span.from).count()},
                               {"to", std::chrono::duration<double>(span.to).count()}});
  }
  root["networks"] = Json::object();
  for (const NetworkTruth& network : truth.networks) {
    Json entry = ledger_json(network.icmp);
    entry["tcp"] = ledger_json(network.tcp);
    root["networks"][network.name] = std::move(entry);
  }
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<void> write_file_atomically(const std::string& path, const std::string& text) {
  const std::string scratch = path + ".new";
  {
    std::ofstream file(scratch, std::ios::trunc);
    file << text;
    file.close();
    if (!file) return Error{scratch + ": cannot be written"};
  }
  if (std::rename(scratch.c_str(), path.c_str()) != 0) return Error{path + ": " + describe_errno(errno)};
  return {};
}

}  // namespace blipd::lab

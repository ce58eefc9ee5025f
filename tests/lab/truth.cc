#include "tests/lab/truth.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace blipd::lab {
namespace {

nlohmann::ordered_json counts_json(const Counts& counts) {
  return {{"requests", counts.requests},
          {"answered", counts.answered},
          {"late", counts.late},
          {"lost", counts.lost},
          {"errors", counts.errors},
          {"dark", counts.dark},
          {"duplicates", counts.duplicates},
          {"forged", counts.forged},
          {"stray", counts.stray}};
}

}  // namespace

void Counts::add(const Counts& other) {
  requests += other.requests;
  answered += other.answered;
  late += other.late;
  lost += other.lost;
  errors += other.errors;
  dark += other.dark;
  duplicates += other.duplicates;
  forged += other.forged;
  stray += other.stray;
}

void Truth::book(std::size_t network, Elapsed now, const Counts& counts) {
  NetworkTruth& truth = networks[network];
  truth.total.add(counts);
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).count();
  if (truth.seconds.empty() || truth.seconds.back().second != second) {
    truth.seconds.push_back({second, {}});
    if (truth.seconds.size() > kSecondsKept) truth.seconds.pop_front();
  }
  truth.seconds.back().counts.add(counts);
}

std::string truth_json(const Truth& truth, std::uint64_t seed, Elapsed elapsed, bool complete) {
  nlohmann::ordered_json root;
  root["seed"] = seed;
  root["elapsed_seconds"] = std::chrono::duration<double>(elapsed).count();
  root["complete"] = complete;
  root["bad_checksum"] = truth.bad_checksum;
  root["unknown_destination"] = truth.unknown_destination;
  root["ignored"] = truth.ignored;
  root["device_drops"] = truth.device_drops;
  root["write_failures"] = truth.write_failures;
  root["networks"] = nlohmann::ordered_json::object();
  for (const NetworkTruth& network : truth.networks) {
    nlohmann::ordered_json entry = counts_json(network.total);
    entry["seconds"] = nlohmann::ordered_json::array();
    for (const SecondCounts& second : network.seconds) {
      nlohmann::ordered_json line{{"second", second.second}};
      line.update(counts_json(second.counts));
      entry["seconds"].push_back(std::move(line));
    }
    root["networks"][network.name] = std::move(entry);
  }
  return root.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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

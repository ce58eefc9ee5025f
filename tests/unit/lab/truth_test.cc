#include "tests/lab/truth.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/catch.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

Truth truth_of_one() {
  Truth truth;
  NetworkTruth network;
  network.name = "a";
  truth.networks.push_back(network);
  return truth;
}

TEST_CASE("counts are kept in total and by second of arrival") {
  Ledger<Counts> ledger;
  Counts answered;
  answered.requests = answered.answered = 1;
  Counts lost;
  lost.requests = lost.lost = 1;
  ledger.book(999ms, answered);
  ledger.book(1s, lost);
  ledger.book(1500ms, answered);
  ledger.book(7s, answered);
  CHECK(ledger.total.requests == 4);
  CHECK(ledger.total.lost == 1);
  REQUIRE(ledger.seconds.size() == 3);
  CHECK(ledger.seconds[1].second == 1);
  CHECK(ledger.seconds[1].counts.requests == 2);
  CHECK(ledger.seconds[2].second == 7);
}

TEST_CASE("only the newest seconds are kept, the total is not cut") {
  Ledger<Counts> ledger;
  Counts one;
  one.requests = one.lost = 1;
  for (std::size_t i = 0; i < kSecondsKept + 10; ++i) ledger.book(i * 1s, one);
  CHECK(ledger.seconds.size() == kSecondsKept);
  CHECK(ledger.seconds.front().second == 10);
  CHECK(ledger.total.requests == kSecondsKept + 10);
}

TEST_CASE("TCP adds its own counts to the common ones") {
  Ledger<TcpCounts> ledger;
  TcpCounts counts;
  counts.requests = 2;
  counts.refused = 3;
  counts.repeats = 4;
  counts.repeats_lost = 5;
  counts.resets = 6;
  counts.connections = 7;
  counts.responses = 8;
  counts.responses_repeated = 9;
  ledger.book(0s, counts);
  ledger.book(1s, counts);
  CHECK(ledger.total.requests == 4);
  CHECK(ledger.total.refused == 6);
  CHECK(ledger.total.repeats == 8);
  CHECK(ledger.total.repeats_lost == 10);
  CHECK(ledger.total.resets == 12);
  CHECK(ledger.total.connections == 14);
  CHECK(ledger.total.responses == 16);
  CHECK(ledger.total.responses_repeated == 18);
}

TEST_CASE("the JSON names every count, those of ICMP in the network and those of TCP below it") {
  Truth truth = truth_of_one();
  truth.bad_checksum = 3;
  truth.untracked = 4;
  truth.held_up.push_back({500ms, 1250ms});
  Counts counts;
  counts.requests = 9;
  counts.forged = 2;
  counts.lost_back = 7;
  truth.networks[0].icmp.book(0s, counts);
  TcpCounts tcp;
  tcp.requests = 11;
  tcp.repeats = 12;
  truth.networks[0].tcp.book(2s, tcp);
  const auto json = nlohmann::json::parse(truth_json(truth, 5, 1500ms, true));
  CHECK(json["seed"] == 5);
  CHECK(json["elapsed_seconds"] == 1.5);
  CHECK(json["complete"] == true);
  CHECK(json["bad_checksum"] == 3);
  CHECK(json["untracked"] == 4);
  CHECK(json["held_up"][0]["from"] == 0.5);
  CHECK(json["held_up"][0]["to"] == 1.25);
  const auto& network = json["networks"]["a"];
  CHECK(network["requests"] == 9);
  CHECK(network["forged"] == 2);
  CHECK(network["lost_back"] == 7);
  CHECK(network["lost_forward"] == 0);
  CHECK(network["seconds"][0]["second"] == 0);
  CHECK(network["tcp"]["requests"] == 11);
  CHECK(network["tcp"]["repeats"] == 12);
  CHECK(network["tcp"]["seconds"][0]["second"] == 2);
  CHECK(network["tcp"]["seconds"][0]["repeats"] == 12);
}

TEST_CASE("a file is replaced whole, and a directory that is not there is told") {
  std::string directory = (std::filesystem::temp_directory_path() / "lab-truth-XXXXXX").string();
  REQUIRE(mkdtemp(directory.data()) != nullptr);
  const std::string path = directory + "/truth.json";
  REQUIRE(write_file_atomically(path, "a longer first text").has_value());
  REQUIRE(write_file_atomically(path, "second").has_value());
  std::ifstream file(path);
  CHECK(std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()) == "second");
  CHECK_FALSE(std::filesystem::exists(path + ".new"));
  CHECK_FALSE(write_file_atomically(directory + "/none/truth.json", "x").has_value());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace blipd::lab

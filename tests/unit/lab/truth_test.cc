#include "tests/lab/truth.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
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
  Truth truth = truth_of_one();
  Counts answered;
  answered.requests = answered.answered = 1;
  Counts lost;
  lost.requests = lost.lost = 1;
  truth.book(0, 999ms, answered);
  truth.book(0, 1s, lost);
  truth.book(0, 1500ms, answered);
  truth.book(0, 7s, answered);
  const NetworkTruth& network = truth.networks[0];
  CHECK(network.total.requests == 4);
  CHECK(network.total.lost == 1);
  REQUIRE(network.seconds.size() == 3);
  CHECK(network.seconds[1].second == 1);
  CHECK(network.seconds[1].counts.requests == 2);
  CHECK(network.seconds[2].second == 7);
}

TEST_CASE("only the newest seconds are kept, the total is not cut") {
  Truth truth = truth_of_one();
  Counts one;
  one.requests = one.lost = 1;
  for (std::size_t i = 0; i < Truth::kSecondsKept + 10; ++i) truth.book(0, i * 1s, one);
  CHECK(truth.networks[0].seconds.size() == Truth::kSecondsKept);
  CHECK(truth.networks[0].seconds.front().second == 10);
  CHECK(truth.networks[0].total.requests == Truth::kSecondsKept + 10);
}

TEST_CASE("the JSON names every count") {
  Truth truth = truth_of_one();
  truth.bad_checksum = 3;
  Counts counts;
  counts.requests = 9;
  counts.forged = 2;
  truth.book(0, 0s, counts);
  const std::string text = truth_json(truth, 5, 1500ms, true);
  for (const char* part : {"\"seed\": 5", "\"elapsed_seconds\": 1.5", "\"complete\": true", "\"bad_checksum\": 3",
                           "\"a\": {", "\"requests\": 9", "\"forged\": 2", "\"second\": 0"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
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

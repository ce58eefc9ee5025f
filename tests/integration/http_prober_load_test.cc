// Many exchanges of the prober `http` at a time, more than fit, and their end in the middle.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <vector>

#include "tests/integration/http_prober_server.h"

namespace blipd::test {
namespace {

/// Another limit on descriptors while it lives. Those that are open stay open.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t wanted) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{wanted, before_.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &now) != 0) FAIL("the limit on descriptors cannot be set");
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

std::vector<ProbeRequest> requests(std::uint32_t count, Duration timeout) {
  std::vector<ProbeRequest> made;
  for (std::uint32_t i = 0; i < count; ++i) made.push_back({kLocal4, {1, i}, i + 7, timeout, {}});
  return made;
}

TEST_CASE("five hundred at once: each one has one answer, its own") {
  const DescriptorLimit many(4096);
  Server server([](const Connection& connection, const std::string&) {
    if (connection.wait(100ms)) connection.say(ok());
  });
  const auto prober = open_http();
  const auto options = http_options({{"url", {server.url()}}});
  const std::vector<ProbeRequest> asked = requests(500, 60s);
  std::vector<SendResult> results(asked.size());
  prober->send(*options, asked, results);
  Collector collector;
  collect(*prober, collector, asked.size());
  CHECK(collector.all.size() == asked.size());
  std::set<FlightSlot> slots;
  for (const Told& told : collector.all) {
    CHECK(is_reply(told));
    CHECK(told.answer.slot == told.answer.number.place + 7);
    slots.insert(told.answer.slot);
  }
  CHECK(slots.size() == asked.size());
  CHECK(server.requests().size() == asked.size());
  // Nothing comes after.
  collect(*prober, collector, 0);
  CHECK_FALSE(prober->receive(collector));
  CHECK(collector.all.size() == asked.size());
}

TEST_CASE("what does not fit is refused at once and has no answer") {
  const DescriptorLimit few(HttpProber::kDescriptorsOfOthers + 40);
  Server server([](const Connection& connection, const std::string&) { connection.wait(20s); });
  const auto prober = open_http();
  const auto options = http_options({{"url", {server.url()}}});
  const std::vector<ProbeRequest> asked = requests(50, 200ms);
  std::vector<SendResult> results(asked.size());
  prober->send(*options, asked, results);
  CHECK(std::count_if(results.begin(), results.end(), [](const SendResult& r) { return r.error == 0; }) == 40);
  CHECK(std::count_if(results.begin(), results.end(), [](const SendResult& r) { return r.error == EAGAIN; }) == 10);
  Collector collector;
  collect(*prober, collector, 40);
  CHECK(collector.all.size() == 40);
  for (const Told& told : collector.all) CHECK((was_held_up(told) || failed(told, FailureReason::timeout)));
  // Those that have ended made room.
  prober->send(*options, asked, results);
  CHECK(std::count_if(results.begin(), results.end(), [](const SendResult& r) { return r.error == 0; }) == 40);
}

struct LastAnswer final : AnswerSink {
  std::optional<Answer> answer;
  void on_answers(std::span<const Answer> answers) override { answer = answers.back(); }
};

/// One probe by nothing but the prober: without a free descriptor UBSan takes each object for broken whose type it has
/// not met before, those of the test framework too.
std::optional<Answer> answer_of(Prober& prober, const HttpOptions& options) {
  const ProbeRequest request{kLocal4, {3, 4}, 5, 60s, {}};
  SendResult result;
  LastAnswer last;
  prober.send(options, {&request, 1}, {&result, 1});
  for (int tries = 0; result.error == 0 && !last.answer && tries < 600; ++tries) {
    pollfd ready{prober.descriptors().at(0), POLLIN, 0};
    if (::poll(&ready, 1, 100) > 0) prober.receive(last);
  }
  return last.answer;
}

TEST_CASE("without a free descriptor a probe is void") {
  Server server(saying(ok()));
  const auto prober = open_http();
  const auto options = http_options({{"url", {server.url()}}});
  const auto before = answer_of(*prober, *options);
  // Descriptor 0 is taken, by whoever started us or by this, and no other one may be opened: what the server closes in
  // the meantime makes no room. poll(2) takes no more descriptors than the limit, and everybody here polls one.
  const int taken = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(taken >= 0);
  std::vector<std::optional<Answer>> during(20);
  {
    const DescriptorLimit none(1);
    for (std::optional<Answer>& answer : during) answer = answer_of(*prober, *options);
  }
  const auto after = answer_of(*prober, *options);
  ::close(taken);
  REQUIRE(before);
  CHECK(before->kind == AnswerKind::reply);
  for (const std::optional<Answer>& answer : during) {
    REQUIRE(answer);
    CHECK(answer->kind == AnswerKind::unsent);
    CHECK(answer->error == EMFILE);
  }
  // And it is over with the shortage.
  REQUIRE(after);
  CHECK(after->kind == AnswerKind::reply);
}

TEST_CASE("a prober that is destroyed answers no more and does not wait") {
  Server server([](const Connection& connection, const std::string&) { connection.wait(60s); });
  const auto options = http_options({{"url", {server.url()}}});
  for (int round = 0; round < 20; ++round) {
    const auto prober = open_http();
    const std::vector<ProbeRequest> asked = requests(20, 60s);
    std::vector<SendResult> results(asked.size());
    prober->send(*options, asked, results);
    if (round % 2 == 0) continue;
    Collector collector;
    prober->receive(collector);
    CHECK(collector.all.empty());
  }
}

TEST_CASE("options live as long as the exchanges that were begun with them") {
  Server server([](const Connection& connection, const std::string&) {
    if (connection.wait(100ms)) connection.say(ok());
  });
  const auto prober = open_http();
  const std::vector<ProbeRequest> asked = requests(3, 60s);
  std::vector<SendResult> results(asked.size());
  prober->send(
      *http_options({{"url", {server.url()}}, {"body", {"x"}}, {"fail_if_body_not_matches_regexp[]", {"hello"}}}),
      asked, results);
  Collector collector;
  collect(*prober, collector, asked.size());
  CHECK(std::all_of(collector.all.begin(), collector.all.end(), is_reply));
}

}  // namespace
}  // namespace blipd::test

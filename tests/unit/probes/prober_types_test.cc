#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/icmp_prober.h"
#include "probes/option_reader.h"
#include "probes/prober.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

OptionValue scalar(const char* text) {
  OptionValue value;
  value.kind = OptionValue::Kind::scalar;
  value.place = {2, 5};
  value.text = text;
  return value;
}

OptionValue mapping(const std::vector<std::pair<const char*, const char*>>& entries) {
  OptionValue value;
  value.kind = OptionValue::Kind::mapping;
  value.place = {1, 1};
  for (const auto& [key, text] : entries) value.entries.push_back({key, {2, 1}, scalar(text)});
  return value;
}

std::shared_ptr<const ModuleOptions> read(const ProberType& type, const OptionValue& value,
                                          std::vector<Problem>& problems) {
  OptionReader reader(value, "modules.m", problems);
  std::shared_ptr<const ModuleOptions> options = type.read_options(reader);
  reader.finish();
  return options;
}

TEST_CASE("every prober has a name of its own by which it is found") {
  std::set<std::string_view> names;
  for (const ProberType* type : prober_types()) {
    CHECK(names.insert(type->name).second);
    CHECK(find_prober_type(type->name) == type);
  }
  for (const auto* name : {"icmp", "tcp_syn", "http"}) CHECK(names.contains(name));
  CHECK(find_prober_type("no_such_prober") == nullptr);
}

TEST_CASE("every prober returns options whatever is given, and has an unknown one reported") {
  for (const ProberType* type : prober_types()) {
    CAPTURE(type->name);
    std::vector<Problem> problems;
    const OptionValue unknown = mapping({{"no_such_option", "1"}});
    CHECK(read(*type, unknown, problems) != nullptr);
    // Others may miss an option that they require.
    CHECK(std::count_if(problems.begin(), problems.end(), [](const Problem& problem) {
            return problem.message.find("no_such_option") != std::string::npos;
          }) == 1);
  }
}

TEST_CASE("the options of icmp, their defaults and their bounds") {
  std::vector<Problem> problems;
  const OptionValue none = mapping({});
  const auto defaults = std::static_pointer_cast<const IcmpOptions>(read(kIcmpProber, none, problems));
  CHECK(defaults->ttl == 64);
  CHECK(defaults->dscp == 0);
  CHECK(defaults->payload_size == 56);
  const OptionValue given = mapping({{"ttl", "255"}, {"dscp", "63"}, {"payload_size", "65507"}});
  const auto options = std::static_pointer_cast<const IcmpOptions>(read(kIcmpProber, given, problems));
  CHECK(options->ttl == 255);
  CHECK(options->dscp == 63);
  CHECK(options->payload_size == 65507);
  CHECK(problems.empty());
  for (const auto& [key, text] : std::vector<std::pair<const char*, const char*>>{{"ttl", "0"},
                                                                                  {"ttl", "256"},
                                                                                  {"dscp", "64"},
                                                                                  {"dscp", "-1"},
                                                                                  {"payload_size", "23"},
                                                                                  {"payload_size", "65508"},
                                                                                  {"payload_size", "56b"}}) {
    CAPTURE(key, text);
    std::vector<Problem> found;
    const OptionValue bad = mapping({{key, text}});
    read(kIcmpProber, bad, found);
    CHECK(found.size() == 1);
  }
}

}  // namespace
}  // namespace blipd

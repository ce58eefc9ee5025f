#include "daemon/config/yaml_writer.h"

#include <optional>
#include <string>
#include <vector>

#include "daemon/config/yaml_tree.h"
#include "tests/support/catch.h"

using namespace blipd;

namespace {

OptionValue read(const std::string& text) {
  std::vector<Problem> problems;
  std::optional<OptionValue> value = read_yaml(text, {}, problems);
  INFO(text);
  for (const Problem& problem : problems) FAIL(problem.message);
  REQUIRE(value);
  return *value;
}

/// Everything of a value but its places.
std::string shape(const OptionValue& value, bool with_quotes = true) {
  switch (value.kind) {
    case OptionValue::Kind::null:
      return "null";
    case OptionValue::Kind::scalar:
      return (value.quoted && with_quotes ? "quoted " : "") + std::to_string(value.text.size()) + ":" + value.text;
    case OptionValue::Kind::sequence: {
      std::string text = "[";
      for (const OptionValue& item : value.items) text += shape(item, with_quotes) + ";";
      return text + "]";
    }
    case OptionValue::Kind::mapping: {
      std::string text = "{";
      for (const auto& entry : value.entries) text += entry.key + "=" + shape(entry.value, with_quotes) + ";";
      return text + "}";
    }
  }
  return {};
}

}  // namespace

TEST_CASE("values are written as people write them") {
  const std::string text =
      "vantage:\n  name: fra1\n  references: {quorum: 2, hosts: [192.0.2.1, 2001:db8::1]}\n"
      "windows: [1m, 5m]\n"
      "networks:\n  - {name: a, prefixes: [10.0.0.0/24], mine: true}\n  - {name: \"12\", labels: {}}\n";
  CHECK(write_yaml(read(text)) == text);
}

TEST_CASE("what is written is read back as it was") {
  const std::string value = GENERATE(
      std::string("true"), std::string("\"true\""), std::string("1.5"), std::string("\"1.5\""), std::string("~"),
      std::string("\"~\""), std::string("\"null\""), std::string("\"\""), std::string("[]"), std::string("{}"),
      std::string("\"2001:db8::\""), std::string("\"::1\""), std::string("\"a: b\""), std::string("\"a #b\""),
      std::string("\"- a\""), std::string("\"say \\\"x\\\" \\\\ y\""), std::string("\"two\\nlines\\t\\x01\\x7f\""),
      std::string("\"sch\u00f6n\""), std::string("\"a$$b $${HOME}\""), std::string("[[a, [b]], {c: {d: [~]}}]"),
      std::string("\"{x}\""), std::string("\"[x]\""), std::string("\"a,b\""), std::string("\"&a\""),
      std::string("\"!t\""), std::string("\"*a\""), std::string("\"%\""), std::string("\"@x\""));
  for (const char* form : {"key: @", "key: {inner: @}", "key: [@]", "key: [{a: @}]", "\"a: b\": @"}) {
    std::string text = form;
    text.replace(text.find('@'), 1, value);
    const OptionValue first = read(text);
    CHECK(shape(read(write_yaml(first))) == shape(first));
  }
}

TEST_CASE("text that needs quotes gets them") {
  for (const char* text :
       {"key: http://{host}/x\n", "key: uniform(1s 2s)\n", "key: -x\n", "key: ::1\n", "key: a b\n"}) {
    const OptionValue first = read(text);
    CHECK(shape(read(write_yaml(first)), false) == shape(first, false));
  }
}

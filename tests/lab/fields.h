// Strict reading of one YAML mapping: every getter names a key, and `finish` reports keys that nobody named.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "tests/lab/scenario.h"

namespace blipd::lab {

/// What is wrong with a scenario, with places counted from 1.
class Problems {
 public:
  void add(const YAML::Mark& mark, const std::string& message);
  bool empty() const { return found_.empty(); }
  /// "LINE:COLUMN: message" of the first in the file.
  std::string first() const;

 private:
  std::vector<std::tuple<int, int, std::string>> found_;
};

/// `problems` outlives the reader. A value of the wrong type or range becomes a problem and leaves `target` as it was,
/// as does an absent key.
class Fields {
 public:
  Fields(const YAML::Node& node, Problems& problems);

  /// Undefined node if absent.
  YAML::Node node(const std::string& key);
  void text(const std::string& key, std::string& target);
  void boolean(const std::string& key, bool& target);
  void integer(const std::string& key, std::uint64_t& target, std::uint64_t most);
  void octet(const std::string& key, std::uint8_t& target);
  void probability(const std::string& key, double& target);
  /// "20ms", "1.5s", "500us", "2m", "1h".
  void duration(const std::string& key, Elapsed& target);
  void ip(const std::string& key, bool v6, std::optional<Ip>& target);
  /// A list of port numbers, 1 to 65535.
  void ports(const std::string& key, std::vector<std::uint16_t>& target);

  void require(const std::string& key);
  void report(const std::string& key, const std::string& message);
  void finish();

 private:
  const YAML::Node node_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace blipd::lab

// Options of `http` as a configuration would hand them over.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "probes/http_options.h"
#include "probes/option_reader.h"

namespace blipd::test {

inline OptionValue word(std::string text, SourcePlace place = {}) {
  OptionValue value;
  value.kind = OptionValue::Kind::scalar;
  value.place = place;
  value.text = std::move(text);
  return value;
}

/// Items stand in lines 10, 11, ...
inline OptionValue list(std::vector<OptionValue> items) {
  OptionValue value;
  value.kind = OptionValue::Kind::sequence;
  value.items = std::move(items);
  int line = 10;
  for (OptionValue& item : value.items) item.place = {line++, 7};
  return value;
}

inline OptionValue words(std::initializer_list<const char*> texts) {
  std::vector<OptionValue> items;
  for (const char* text : texts) items.push_back(word(text));
  return list(std::move(items));
}

using Entries = std::vector<std::pair<std::string, OptionValue>>;

/// Keys stand in lines `line`, `line` + 1, ...
inline OptionValue map(Entries entries, int line = 2) {
  OptionValue value;
  value.kind = OptionValue::Kind::mapping;
  value.place = {1, 1};
  for (auto& [key, entry] : entries) value.entries.push_back({key, {line++, 5}, std::move(entry)});
  return value;
}

/// Reads as the configuration does; `files` by path.
inline std::shared_ptr<const HttpOptions> read_http(Entries entries, std::vector<Problem>& problems,
                                                    const std::map<std::string, std::string>& files = {}) {
  const OptionFiles reading{"conf/", [&files](const std::string& path) -> Result<std::string> {
                              const auto found = files.find(path);
                              if (found == files.end()) return Error{path + ": No such file or directory"};
                              return Result<std::string>(boost::system::in_place_value, found->second);
                            }};
  const OptionValue mapping = map(std::move(entries));
  OptionReader reader(mapping, "modules.web", problems, &reading);
  auto options = std::static_pointer_cast<const HttpOptions>(read_http_options(reader));
  reader.finish();
  return options;
}

}  // namespace blipd::test

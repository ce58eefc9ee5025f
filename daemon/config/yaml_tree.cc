#include "daemon/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <utility>

namespace blipd {
namespace {

SourcePlace place_at(const YAML::Mark& mark) {
  if (mark.is_null()) return {1, 1};
  return {mark.line + 1, mark.column + 1};
}

/// Ends the reading from inside yaml-cpp's callbacks; never leaves this file.
struct Stop {
  Problem problem;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Environment& environment, std::vector<Problem>& problems)
      : environment_(environment), problems_(problems) {}

  OptionValue take_root() { return std::move(root_); }
  /// False once a `${NAME}` failed.
  bool expanded() const { return expanded_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw Stop{{place_at(mark), "a second document begins: the file must hold one"}};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    count_values(place_at(mark), 1);
    if (expects_key()) throw Stop{{place_at(mark), "a key must be text"}};
    OptionValue value;
    value.place = open_.empty() || open_.back().value.kind != OptionValue::Kind::mapping ? place_at(mark)
                                                                                         : open_.back().key_place;
    complete(std::move(value), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) throw Stop{{place_at(mark), "an alias inside the value it names"}};
    if (expects_key()) throw Stop{{place_at(mark), "a key must be text, not an alias"}};
    count_values(place_at(mark), found->second.size);
    if (open_.size() + found->second.depth > kDeepestNesting) stop_nesting(mark);
    add(found->second.value, found->second.size, found->second.depth);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    count_values(place_at(mark), 1);
    check_tag(mark, tag);
    if (text.find('\0') != std::string::npos) throw Stop{{place_at(mark), "text must not hold a NUL character"}};
    if (expects_key()) {
      open_.back().key = text;
      open_.back().key_place = place_at(mark);
      open_.back().key_quoted = tag == "!";
      open_.back().has_key = true;
      return;
    }
    OptionValue value;
    value.kind = OptionValue::Kind::scalar;
    value.place = place_at(mark);
    value.quoted = tag == "!";
    value.text = text;
    if (text.find('$') != std::string::npos) {
      Expansion expansion = expand_environment(text, environment_);
      if (!expansion.problem.empty()) {
        problems_.push_back({value.place, std::move(expansion.problem)});
        expanded_ = false;
      }
      value.text = std::move(expansion.text);
    }
    complete(std::move(value), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, OptionValue::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, OptionValue::Kind::mapping);
  }
  void OnMapEnd() override {
    drop_repeated_keys(open_.back().value);
    close();
  }

 private:
  /// A mapping or list whose end has not been seen.
  struct Open {
    OptionValue value;
    YAML::anchor_t anchor = 0;
    std::size_t size = 1;   ///< values in it, itself included
    std::size_t depth = 1;  ///< levels of nesting in it, itself included
    bool has_key = false;
    bool key_quoted = false;
    std::string key;
    SourcePlace key_place;
  };
  struct Anchored {
    OptionValue value;
    std::size_t size = 1;
    std::size_t depth = 0;
  };

  bool expects_key() const {
    return !open_.empty() && open_.back().value.kind == OptionValue::Kind::mapping && !open_.back().has_key;
  }

  [[noreturn]] static void stop_nesting(const YAML::Mark& mark) {
    throw Stop{{place_at(mark), "values are nested more than " + std::to_string(kDeepestNesting) + " deep"}};
  }

  void count_values(SourcePlace place, std::size_t more) {
    values_ += more;
    if (values_ <= kMostValues) return;
    throw Stop{{place, "the file holds more than " + std::to_string(kMostValues) +
                           " values, aliases counted with what they stand for: long lists of hosts belong "
                           "into a hosts_file"}};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_.push_back({place_at(mark), "tags such as " + in_quotes(tag) + " are not supported"});
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, OptionValue::Kind kind) {
    count_values(place_at(mark), 1);
    check_tag(mark, tag);
    if (expects_key()) throw Stop{{place_at(mark), "a key must be text"}};
    if (open_.size() >= kDeepestNesting) stop_nesting(mark);
    Open entry;
    entry.value.kind = kind;
    entry.value.place = place_at(mark);
    entry.anchor = anchor;
    open_.push_back(std::move(entry));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    complete(std::move(done.value), done.anchor, done.size, done.depth);
  }

  void complete(OptionValue value, YAML::anchor_t anchor, std::size_t size = 1, std::size_t depth = 0) {
    if (anchor != 0) {
      // The kept copy counts too, so that anchors inside anchors cannot hold more than the limit.
      count_values(value.place, size);
      anchored_[anchor] = {value, size, depth};
    }
    add(std::move(value), size, depth);
  }

  void add(OptionValue value, std::size_t size, std::size_t depth) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    parent.size += size;
    parent.depth = std::max(parent.depth, depth + 1);
    if (parent.value.kind == OptionValue::Kind::sequence) {
      parent.value.items.push_back(std::move(value));
      return;
    }
    parent.has_key = false;
    if (parent.key == "<<" && !parent.key_quoted) {
      problems_.push_back({parent.key_place, "merge keys (<<) are not supported: write the keys out"});
      return;
    }
    parent.value.entries.push_back({std::move(parent.key), parent.key_place, std::move(value)});
  }

  /// The first entry of a key stays, later ones are reported and dropped.
  void drop_repeated_keys(OptionValue& mapping) {
    std::vector<OptionValue::Entry>& entries = mapping.entries;
    std::vector<std::size_t> order(entries.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&entries](std::size_t a, std::size_t b) { return entries[a].key < entries[b].key; });
    std::vector<std::size_t> repeated;
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (entries[order[i]].key == entries[order[i - 1]].key) repeated.push_back(order[i]);
    }
    if (repeated.empty()) return;
    std::sort(repeated.begin(), repeated.end());
    std::vector<OptionValue::Entry> kept;
    auto next = repeated.begin();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (next != repeated.end() && *next == i) {
        problems_.push_back({entries[i].key_place, "repeated key " + in_quotes(entries[i].key)});
        ++next;
      } else {
        kept.push_back(std::move(entries[i]));
      }
    }
    entries = std::move(kept);
  }

  const Environment& environment_;
  std::vector<Problem>& problems_;
  OptionValue root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  bool expanded_ = true;
  std::size_t documents_ = 0;
  std::size_t values_ = 0;
};

SourcePlace place_of_offset(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(offset - line_start) + 1};
}

/// yaml-cpp guesses UTF-16 and UTF-32 from NUL bytes and passes bad UTF-8 on, so both are judged before it.
std::optional<Problem> find_bad_bytes(std::string_view text) {
  if (const std::optional<std::size_t> bad = find_invalid_utf8(text)) {
    return Problem{place_of_offset(text, *bad), "the file is not UTF-8"};
  }
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
  };
  const auto control = std::find_if(text.begin(), text.end(), is_control);
  if (control == text.end()) return std::nullopt;
  return Problem{place_of_offset(text, static_cast<std::size_t>(control - text.begin())),
                 "the file holds a control character"};
}

/// yaml-cpp's scanner reads ahead to the end of an open bracket before it tells of it, at hundreds of bytes a bracket.
/// Brackets in quotes and comments are counted too, so the bound lies far above what any real file leaves open.
bool has_bracket_bomb(std::string_view text) {
  constexpr int kMostOpen = 10'000;
  int open = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (open > kMostOpen) return true;
  }
  return false;
}

}  // namespace

std::optional<OptionValue> read_yaml(std::string_view text, const Environment& environment,
                                     std::vector<Problem>& problems) {
  if (std::optional<Problem> bad = find_bad_bytes(text)) {
    problems.push_back(std::move(*bad));
    return std::nullopt;
  }
  if (has_bracket_bomb(text)) {
    problems.push_back({{1, 1}, "values are nested more than " + std::to_string(kDeepestNesting) + " deep"});
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(environment, problems);
    if (!parser.HandleNextDocument(builder)) {
      problems.push_back({{1, 1}, "the file is empty"});
      return std::nullopt;
    }
    OptionValue root = builder.take_root();
    // A second document makes the builder stop.
    (void)parser.HandleNextDocument(builder);
    if (builder.expanded()) return root;
  } catch (const Stop& stop) {
    problems.push_back(stop.problem);
  } catch (const YAML::Exception& error) {
    problems.push_back({place_at(error.mark), "not YAML: " + error.msg});
  } catch (const std::exception& error) {
    problems.push_back({{1, 1}, std::string("not YAML: ") + error.what()});
  }
  return std::nullopt;
}

}  // namespace blipd

#include "daemon/simulate/score_match.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace blipd {
namespace {

/// What a pair is worth beyond its overlap: enough to decide between equals, too little to decide anything else.
constexpr double kPairBonus = 1e-7;
constexpr double kOnsetBonus = 1e-9;

struct Pair {
  std::size_t incident;
  std::size_t event;
  double worth;
};

Duration slack_of(const Span& incident) { return std::max(kOnsetSlack, incident.length() / 10); }

double worth(const Span& incident, const Span& event) {
  const double apart = to_seconds(std::chrono::abs(incident.start - event.start));
  const double nearness = 1 / (1 + apart / to_seconds(kOnsetSlack));
  return intersection_over_union(incident, event) + kPairBonus + kOnsetBonus * nearness;
}

/// A dense table of worths, 0 for pairs that are not allowed. At least as many columns as rows.
class Table {
 public:
  Table(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), cells_(rows * columns) {}
  double& at(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }

  /// The column of each row in the assignment of greatest sum: shortest augmenting paths with potentials, rows one by
  /// one, O(rows^2 * columns). Row and column 0 are sentinels.
  std::vector<std::size_t> assign() {
    std::vector<double> row_price(rows_ + 1);
    std::vector<double> column_price(columns_ + 1);
    std::vector<std::size_t> row_of(columns_ + 1);
    std::vector<std::size_t> came_from(columns_ + 1);
    for (std::size_t row = 1; row <= rows_; ++row) {
      std::vector<double> least(columns_ + 1, std::numeric_limits<double>::infinity());
      std::vector<bool> done(columns_ + 1);
      std::size_t column = 0;
      row_of[0] = row;
      do {
        done[column] = true;
        const std::size_t here = row_of[column];
        double step = std::numeric_limits<double>::infinity();
        std::size_t next = 0;
        for (std::size_t j = 1; j <= columns_; ++j) {
          if (done[j]) {
            continue;
          }
          const double reduced = -at(here - 1, j - 1) - row_price[here] - column_price[j];
          if (reduced < least[j]) {
            least[j] = reduced;
            came_from[j] = column;
          }
          if (least[j] < step) {
            step = least[j];
            next = j;
          }
        }
        for (std::size_t j = 0; j <= columns_; ++j) {
          if (done[j]) {
            row_price[row_of[j]] += step;
            column_price[j] -= step;
          } else {
            least[j] -= step;
          }
        }
        column = next;
      } while (row_of[column] != 0);
      for (; column != 0; column = came_from[column]) {
        row_of[column] = row_of[came_from[column]];
      }
    }
    std::vector<std::size_t> column_of(rows_);
    for (std::size_t j = 1; j <= columns_; ++j) {
      if (row_of[j] != 0) {
        column_of[row_of[j] - 1] = j - 1;
      }
    }
    return column_of;
  }

 private:
  std::size_t rows_;
  std::size_t columns_;
  std::vector<double> cells_;
};

/// The groups that hang together: union-find over incidents [0, n) and events [n, n + m).
class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t x) {
    while (parent_[x] != x) {
      parent_[x] = parent_[parent_[x]];
      x = parent_[x];
    }
    return x;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

std::size_t place(std::vector<std::size_t>& list, std::size_t value) {
  const auto it = std::ranges::find(list, value);
  if (it == list.end()) {
    list.push_back(value);
    return list.size() - 1;
  }
  return static_cast<std::size_t>(it - list.begin());
}

/// Pairs of one group.
void match_group(std::span<const Pair> pairs, std::vector<std::pair<std::size_t, std::size_t>>& out) {
  if (pairs.size() == 1) {
    out.emplace_back(pairs[0].incident, pairs[0].event);
    return;
  }
  std::vector<std::size_t> incidents;
  std::vector<std::size_t> events;
  for (const Pair& p : pairs) {
    place(incidents, p.incident);
    place(events, p.event);
  }
  const bool turned = incidents.size() > events.size();
  Table table(std::min(incidents.size(), events.size()), std::max(incidents.size(), events.size()));
  for (const Pair& p : pairs) {
    const std::size_t i = place(incidents, p.incident);
    const std::size_t e = place(events, p.event);
    (turned ? table.at(e, i) : table.at(i, e)) = p.worth;
  }
  const std::vector<std::size_t> column_of = table.assign();
  for (std::size_t row = 0; row < column_of.size(); ++row) {
    if (table.at(row, column_of[row]) > 0) {
      out.emplace_back(incidents[turned ? column_of[row] : row], events[turned ? row : column_of[row]]);
    }
  }
}

}  // namespace

bool may_report(const Span& incident, const Span& event) {
  return overlap(incident, event) > Duration::zero() ||
         std::chrono::abs(incident.start - event.start) <= slack_of(incident);
}

std::vector<std::pair<std::size_t, std::size_t>> match(std::span<const Span> incidents, std::span<const Span> events) {
  std::vector<Pair> pairs;
  Groups groups(incidents.size() + events.size());
  for (std::size_t i = 0; i < incidents.size(); ++i) {
    for (std::size_t e = 0; e < events.size(); ++e) {
      if (may_report(incidents[i], events[e])) {
        pairs.push_back({i, e, worth(incidents[i], events[e])});
        groups.join(i, incidents.size() + e);
      }
    }
  }
  const auto group = [&](const Pair& p) { return groups.find(p.incident); };
  std::ranges::stable_sort(pairs, {}, group);
  std::vector<std::pair<std::size_t, std::size_t>> matched;
  for (auto from = pairs.begin(); from != pairs.end();) {
    const auto to = std::find_if(from, pairs.end(), [&](const Pair& p) { return group(p) != group(*from); });
    match_group({from, to}, matched);
    from = to;
  }
  std::ranges::sort(matched);
  return matched;
}

}  // namespace blipd

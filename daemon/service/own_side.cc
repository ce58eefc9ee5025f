#include "daemon/service/own_side.h"

#include <fcntl.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace blipd {
namespace {

constexpr std::size_t kMostReferences = 8;
constexpr std::size_t kMostNetworks = 8;
/// An interface that goes up and down all the time is one line each so often.
constexpr Duration kQuiet = std::chrono::seconds(10);

/// One that has gone altogether is called by its number.
std::string name_of_interface(unsigned number) {
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(number, name.data()) == nullptr ? std::to_string(number) : name.data();
}

}  // namespace

SourceWatch::Ways ways_of(const Config& config) {
  SourceWatch::Ways ways{config.vantage.references.hosts, config.vantage.source4, config.vantage.source6};
  ways.hosts.resize(std::min(ways.hosts.size(), kMostReferences));
  const std::size_t most = ways.hosts.size() + kMostNetworks;
  for (const NetworkConfig& network : config.networks) {
    if (ways.hosts.size() == most) break;
    if (!network.hosts.empty()) ways.hosts.push_back(network.hosts.front());
  }
  return ways;
}

OwnSide::OwnSide(boost::asio::io_context& io, Log& log, std::function<void(Instant from, Instant to)> own_fault)
    : log_(log), own_fault_(std::move(own_fault)), faults_(log), sources_(SourceWatch::kernel()), wait_(io) {
  Result<WayNews> news = WayNews::open();
  if (!news) {
    log_.line(LogLevel::warn, "the kernel tells nothing of interfaces; they are looked at once a second",
              {{"error", news.error().message}});
    return;
  }
  news_ = std::move(*news);
  news_read_ = BootClock::now();
  // Asio closes what it waits for.
  wait_.assign(::fcntl(news_->descriptor(), F_DUPFD_CLOEXEC, 0));
  wait_for_news();
}

void OwnSide::wait_for_news() {
  wait_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    read_news();
    wait_for_news();
  });
}

void OwnSide::read_news() {
  if (!news_) return;
  const Instant from = news_read_;
  const std::vector<WayLoss> losses = news_->read();
  news_read_ = BootClock::now();
  tell(sources_.on_losses(losses, from, news_read_));
}

void OwnSide::look(const Snapshot& snapshot, std::uint64_t accept_failures, const Config& config) {
  const ClockBridge::Reading clocks = ClockBridge::read();
  faults_.compare(snapshot, accept_failures, clocks);
  trim_.look(clocks.after);
  read_news();
  tell(sources_.look(ways_of(config), BootClock::now()));
}

void OwnSide::tell(const std::optional<SourceWatch::Change>& change) {
  if (!change) return;
  own_fault_(change->from, change->to);
  if (change->lost.what == WayLoss::What::address) {
    log_.line(LogLevel::warn, "an address of ours has gone; probes sent from it are void",
              {{"address", change->lost.address.to_string()}});
    return;
  }
  const bool told = link_told_ && change->to - *link_told_ < kQuiet;
  link_told_ = change->to;
  if (told) return;
  log_.line(
      LogLevel::warn,
      change->lost.what == WayLoss::What::interface ? "an interface of ours went down; probes on their way are void"
                                                    : "our default route has gone; probes on their way are void",
      {{"interface", name_of_interface(change->lost.interface)}});
}

}  // namespace blipd

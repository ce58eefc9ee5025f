#include "daemon/names/dns_channel.h"

#include <ares.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "probes/socket_address.h"

namespace blipd {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// c-ares rounds its timeouts down; woken too early it would be asked in a circle.
constexpr auto kTimerSlack = std::chrono::milliseconds(1);

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

/// RFC 6761 section 6.3: this machine, whatever a file or a server says.
bool is_localhost(const std::string& name) { return name == "localhost" || name.ends_with(".localhost"); }

LookupAnswer loopback(Family family) {
  const Address address = family == Family::v4
                              ? Address::v4(0x7f000001)
                              : Address(std::to_array<std::uint8_t>({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  return {LookupAnswer::Kind::addresses, {address}, std::nullopt};
}

LookupAnswer::Kind kind_of(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return LookupAnswer::Kind::addresses;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return LookupAnswer::Kind::negative;
    default:
      return LookupAnswer::Kind::failure;
  }
}

/// Takes the addresses of `result`, which may be null. `from_file`: no TTL.
LookupAnswer make_answer(int status, const ares_addrinfo* result, bool from_file) {
  LookupAnswer answer;
  answer.kind = kind_of(status);
  if (answer.kind != LookupAnswer::Kind::addresses) return answer;
  int ttl = std::numeric_limits<int>::max();
  if (result != nullptr) {
    for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
      answer.addresses.push_back(from_socket_address(node->ai_addr));
      ttl = std::min(ttl, node->ai_ttl);
    }
    for (const ares_addrinfo_cname* alias = result->cnames; alias != nullptr; alias = alias->next) {
      ttl = std::min(ttl, alias->ttl);
    }
  }
  // Some versions call it a success when the hosts file has the name for the other family alone.
  if (answer.addresses.empty()) answer.kind = LookupAnswer::Kind::negative;
  if (!from_file) answer.ttl = std::chrono::seconds(ttl);
  return answer;
}

class CaresChannel final : public DnsChannel {
 public:
  explicit CaresChannel(asio::io_context& io) : io_(io), timer_(io) {}
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;
  ~CaresChannel() override {
    if (channel_ != nullptr) ::ares_destroy(channel_);
  }

  /// A sentence if the library refuses.
  std::string open(const DnsChannelOptions& options);
  void ask(const Lookup& lookup, Done done) override;
  std::size_t in_flight() const override { return in_flight_; }

 private:
  /// A socket of c-ares, which also closes it.
  struct Watched {
    explicit Watched(asio::io_context& io) : descriptor(io) {}
    asio::posix::stream_descriptor descriptor;
    bool wanted[2] = {};   // by Direction
    bool waiting[2] = {};  // an asynchronous wait is under way
  };
  enum Direction : std::size_t { kRead, kWrite };
  struct Asked {
    CaresChannel* channel;
    Done done;
  };

  static void on_socket(void* self, ares_socket_t socket, int readable, int writable) {
    static_cast<CaresChannel*>(self)->watch(socket, readable != 0, writable != 0);
  }
  static void on_ended(void* asked, int status, int timeouts, ares_addrinfo* result);
  void watch(ares_socket_t socket, bool readable, bool writable);
  void await(ares_socket_t socket, const std::shared_ptr<Watched>& watched, Direction direction);
  void process(ares_socket_t readable, ares_socket_t writable);
  void arm_timer();

  asio::io_context& io_;
  asio::steady_timer timer_;
  // Handlers that come after the end find this gone.
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::map<ares_socket_t, std::shared_ptr<Watched>> watched_;
  ares_channel channel_ = nullptr;
  std::size_t in_flight_ = 0;
  const Asked* beginning_ = nullptr;  // the lookup whose `ask` has not returned
};

std::string CaresChannel::open(const DnsChannelOptions& options) {
  static const int initialised = ::ares_library_init(ARES_LIB_INIT_ALL);
  if (initialised != ARES_SUCCESS) return ::ares_strerror(initialised);
  std::string resolv_conf = options.resolv_conf;
  char files_then_dns[] = "fb";
  ares_options wanted{};
  // 1.18 searches in domains in spite of NOSEARCH, unless there are none; later versions heed the flag.
  wanted.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  wanted.ndomains = 0;
  wanted.timeout = static_cast<int>(
      std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(options.query_timeout).count()));
  wanted.tries = static_cast<int>(std::max(1U, options.tries));
  wanted.lookups = files_then_dns;
  wanted.resolvconf_path = resolv_conf.data();
  wanted.sock_state_cb = &CaresChannel::on_socket;
  wanted.sock_state_cb_data = this;
  int mask = ARES_OPT_FLAGS | ARES_OPT_DOMAINS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
             ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE
  // Its own cache would answer with TTLs that have run already.
  wanted.qcache_max_ttl = 0;
  mask |= ARES_OPT_QUERY_CACHE;
#endif
  const int opened = ::ares_init_options(&channel_, &wanted, mask);
  if (opened != ARES_SUCCESS) {
    channel_ = nullptr;
    return ::ares_strerror(opened);
  }
  if (options.servers.empty()) return {};
  const std::string servers = joined(options.servers);
  const int set = ::ares_set_servers_ports_csv(channel_, servers.c_str());
  return set == ARES_SUCCESS ? std::string() : "servers " + servers + ": " + ::ares_strerror(set);
}

void CaresChannel::ask(const Lookup& lookup, Done done) {
  // Not left to c-ares: 1.18 asks servers for what is below localhost and leaks memory at localhost itself.
  if (is_localhost(lookup.name)) return done(loopback(lookup.family));
  ares_addrinfo_hints hints{};
  hints.ai_family = lookup.family == Family::v4 ? AF_INET : AF_INET6;
  // One node an address, in the order of the answer; sorting would connect to each.
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = ARES_AI_NOSORT;
  auto asked = std::make_unique<Asked>(Asked{this, std::move(done)});
  ++in_flight_;
  beginning_ = asked.get();
  ::ares_getaddrinfo(channel_, lookup.name.c_str(), nullptr, &hints, &CaresChannel::on_ended, asked.release());
  beginning_ = nullptr;
  arm_timer();
}

void CaresChannel::on_ended(void* asked, int status, int, ares_addrinfo* result) {
  const std::unique_ptr<Asked> ended(static_cast<Asked*>(asked));
  CaresChannel& self = *ended->channel;
  --self.in_flight_;
  // No server answers that fast: it was the hosts file.
  const LookupAnswer answer = make_answer(status, result, self.beginning_ == ended.get());
  if (result != nullptr) ::ares_freeaddrinfo(result);
  if (status != ARES_EDESTRUCTION) ended->done(answer);
}

void CaresChannel::watch(ares_socket_t socket, bool readable, bool writable) {
  std::shared_ptr<Watched>& watched = watched_[socket];
  if (!readable && !writable) {
    if (watched != nullptr) {
      watched->wanted[kRead] = watched->wanted[kWrite] = false;
      watched->descriptor.release();
    }
    watched_.erase(socket);
    return;
  }
  if (watched == nullptr) {
    watched = std::make_shared<Watched>(io_);
    error_code refused;
    watched->descriptor.assign(socket, refused);
    // Nothing will be heard on it: its lookups end by their timeouts.
    if (refused) return static_cast<void>(watched_.erase(socket));
  }
  watched->wanted[kRead] = readable;
  watched->wanted[kWrite] = writable;
  const std::shared_ptr<Watched> kept = watched;
  await(socket, kept, kRead);
  await(socket, kept, kWrite);
}

void CaresChannel::await(ares_socket_t socket, const std::shared_ptr<Watched>& watched, Direction direction) {
  if (!watched->wanted[direction] || watched->waiting[direction]) return;
  watched->waiting[direction] = true;
  watched->descriptor.async_wait(
      direction == kRead ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write,
      [this, alive = std::weak_ptr<const bool>(alive_), socket, watched, direction](const error_code& error) {
        watched->waiting[direction] = false;
        // Unwanted: closed meanwhile, and its number may be another socket's.
        if (error || alive.expired() || !watched->wanted[direction]) return;
        process(direction == kRead ? socket : ARES_SOCKET_BAD, direction == kWrite ? socket : ARES_SOCKET_BAD);
        await(socket, watched, direction);
      });
}

void CaresChannel::process(ares_socket_t readable, ares_socket_t writable) {
  ::ares_process_fd(channel_, readable, writable);
  arm_timer();
}

void CaresChannel::arm_timer() {
  timeval room{};
  const timeval* left = ::ares_timeout(channel_, nullptr, &room);
  if (left == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds(left->tv_sec) + std::chrono::microseconds(left->tv_usec) + kTimerSlack);
  timer_.async_wait([this, alive = std::weak_ptr<const bool>(alive_)](const error_code& error) {
    if (!error && !alive.expired()) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace

Result<std::unique_ptr<DnsChannel>> DnsChannel::open(asio::io_context& io, const DnsChannelOptions& options) {
  auto channel = std::make_unique<CaresChannel>(io);
  const std::string problem = channel->open(options);
  if (!problem.empty()) return Error{"the resolver cannot be set up: " + problem};
  return std::unique_ptr<DnsChannel>(std::move(channel));
}

}  // namespace blipd

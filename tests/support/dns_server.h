// A DNS server that answers as the test says, by UDP and TCP on one port of the loopback interface, on the test's own
// io_context.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "probes/address.h"

namespace blipd::test {

struct DnsReply {
  enum class What {
    answer,  ///< the addresses of the family asked for; none: NODATA
    nxdomain,
    servfail,
    refused,
    silence,
    wrong_id,    ///< the answer, with another id
    other_name,  ///< the answer, to another question
    truncated,   ///< by UDP cut short, by TCP the answer
    garbage,     ///< the header, and then nonsense
    stump,       ///< half a header
  };
  What what = What::answer;
  std::vector<Address> addresses{};
  std::uint32_t ttl = 300;
  std::string alias{};  ///< the name is an alias of this one, which has the addresses
  std::uint32_t alias_ttl = 300;
  std::chrono::milliseconds delay{};
};

class DnsServer {
 public:
  using Decide = std::function<DnsReply(const std::string& name, bool v6)>;
  struct Query {
    std::string name;
    bool v6;
    bool tcp;
  };

  explicit DnsServer(boost::asio::io_context& io, const std::string& address = "127.0.0.1", std::uint16_t port = 0)
      : io_(io), tcp_(io), udp_(io) {
    namespace ip = boost::asio::ip;
    const auto here = ip::make_address(address);
    // A port that is free for one protocol may be taken for the other.
    for (int tries = 0; tries < 20 && !is_open(); ++tries) {
      boost::system::error_code error;
      tcp_ = ip::tcp::acceptor(io_);
      udp_ = ip::udp::socket(io_);
      tcp_.open(ip::tcp::v4(), error);
      tcp_.set_option(ip::tcp::acceptor::reuse_address(true), error);
      tcp_.bind({here, port}, error);
      if (error) continue;
      tcp_.listen(16, error);
      udp_.open(ip::udp::v4(), error);
      const std::uint16_t same = tcp_.local_endpoint(error).port();
      udp_.bind({here, same}, error);
      open_ = !error;
    }
    if (!open_) return;
    receive();
    accept();
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  bool is_open() const { return open_; }
  std::string endpoint() const {
    const auto here = udp_.local_endpoint();
    return here.address().to_string() + ":" + std::to_string(here.port());
  }

  Decide decide = [](const std::string&, bool) { return DnsReply{}; };
  std::vector<Query> queries;

 private:
  using Bytes = std::vector<std::uint8_t>;

  void receive() {
    udp_.async_receive_from(boost::asio::buffer(datagram_), from_, [this](const auto& error, std::size_t size) {
      if (error) return;
      const Bytes query(datagram_.begin(), datagram_.begin() + static_cast<std::ptrdiff_t>(size));
      take(query, false, [this, to = from_](const Bytes& reply) {
        boost::system::error_code ignored;
        udp_.send_to(boost::asio::buffer(reply), to, 0, ignored);
      });
      receive();
    });
  }

  struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket s) : socket(std::move(s)) {}
    boost::asio::ip::tcp::socket socket;
    std::array<std::uint8_t, 2> length{};
    Bytes query;
  };

  void accept() {
    tcp_.async_accept([this](const auto& error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      read(std::make_shared<Connection>(std::move(socket)));
      accept();
    });
  }
  void read(const std::shared_ptr<Connection>& from) {
    boost::asio::async_read(from->socket, boost::asio::buffer(from->length), [this, from](const auto& error, auto) {
      if (error) return;
      from->query.resize(static_cast<std::size_t>(from->length[0] << 8 | from->length[1]));
      boost::asio::async_read(from->socket, boost::asio::buffer(from->query), [this, from](const auto& failed, auto) {
        if (failed) return;
        take(from->query, true, [from](Bytes reply) {
          const auto size = static_cast<std::uint16_t>(reply.size());
          reply.insert(reply.begin(), {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
          boost::system::error_code ignored;
          boost::asio::write(from->socket, boost::asio::buffer(reply), ignored);
        });
        read(from);
      });
    });
  }

  void take(const Bytes& query, bool tcp, std::function<void(const Bytes&)> send) {
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0 && at + 1 + query[at] < query.size()) {
      if (!name.empty()) name += '.';
      name.append(query.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                  query.begin() + static_cast<std::ptrdiff_t>(at) + 1 + query[at]);
      at += 1 + std::size_t{query[at]};
    }
    if (at + 5 > query.size()) return;
    const bool v6 = query[at + 2] == 28;
    queries.push_back({name, v6, tcp});
    const DnsReply reply = decide(name, v6);
    if (reply.what == DnsReply::What::silence) return;
    const Bytes bytes =
        encode(Bytes(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(at) + 5), v6, tcp, reply);
    if (reply.delay.count() == 0) return send(bytes);
    auto timer = std::make_shared<boost::asio::steady_timer>(io_, reply.delay);
    timer->async_wait([timer, bytes, send = std::move(send)](const auto& error) {
      if (!error) send(bytes);
    });
  }

  static void put(Bytes& out, std::uint32_t value, int octets) {
    for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  static void put_record(Bytes& out, std::uint16_t name, std::uint16_t type, std::uint32_t ttl, const Bytes& data) {
    put(out, 0xc000U | name, 2);
    put(out, type, 2);
    put(out, 1, 2);
    put(out, ttl, 4);
    put(out, static_cast<std::uint32_t>(data.size()), 2);
    out.insert(out.end(), data.begin(), data.end());
  }

  /// `out` begins as header and question of the query.
  static Bytes encode(Bytes out, bool v6, bool tcp, const DnsReply& reply) {
    using What = DnsReply::What;
    const bool cut = reply.what == What::truncated && !tcp;
    const auto rcode = static_cast<std::uint8_t>(reply.what == What::nxdomain   ? 3
                                                 : reply.what == What::servfail ? 2
                                                 : reply.what == What::refused  ? 5
                                                                                : 0);
    out[2] = static_cast<std::uint8_t>(0x80 | (out[2] & 1) | (cut ? 2 : 0));
    out[3] = static_cast<std::uint8_t>(0x80 | rcode);
    std::fill(out.begin() + 6, out.begin() + 12, std::uint8_t{0});
    if (reply.what == What::wrong_id) out[0] = static_cast<std::uint8_t>(out[0] ^ 0x55);
    if (reply.what == What::other_name) out[13] = static_cast<std::uint8_t>(out[13] == 'x' ? 'y' : 'x');
    if (reply.what == What::stump) return Bytes(out.begin(), out.begin() + 6);
    if (reply.what == What::garbage) {
      out[7] = 200;
      for (int i = 0; i < 40; ++i) out.push_back(static_cast<std::uint8_t>(0xc0 | i));
      return out;
    }
    if (rcode != 0 || cut) return out;
    std::uint16_t name = 12;
    std::uint8_t records = 0;
    if (!reply.alias.empty()) {
      Bytes labels;
      for (std::size_t at = 0; at <= reply.alias.size();) {
        const std::size_t end = std::min(reply.alias.find('.', at), reply.alias.size());
        labels.push_back(static_cast<std::uint8_t>(end - at));
        labels.insert(labels.end(), reply.alias.begin() + static_cast<std::ptrdiff_t>(at),
                      reply.alias.begin() + static_cast<std::ptrdiff_t>(end));
        at = end + 1;
      }
      labels.push_back(0);
      const auto after = static_cast<std::uint16_t>(out.size() + 12);
      put_record(out, name, 5, reply.alias_ttl, labels);
      name = after;
      ++records;
    }
    for (const Address& address : reply.addresses) {
      if (address.is_v4() == v6) continue;
      put_record(out, name, v6 ? 28 : 1, reply.ttl,
                 Bytes(address.bytes().begin() + (v6 ? 0 : 12), address.bytes().end()));
      ++records;
    }
    out[7] = records;
    return out;
  }

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor tcp_;
  boost::asio::ip::udp::socket udp_;
  boost::asio::ip::udp::endpoint from_;
  std::array<std::uint8_t, 1500> datagram_{};
  bool open_ = false;
};

}  // namespace blipd::test

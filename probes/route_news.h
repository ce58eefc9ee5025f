// Whether the kernel may choose other ways by now: rtnetlink tells of each change of a link, an address, a route or a
// rule of IPv4. What has changed is not looked at.
#pragma once

namespace blipd {

/// Non-blocking. Used by one thread.
class RouteNews {
 public:
  RouteNews();
  RouteNews(const RouteNews&) = delete;
  RouteNews& operator=(const RouteNews&) = delete;
  ~RouteNews();

  /// Whether something may have changed since the last call. Always, where the kernel does not tell us.
  bool take();

 private:
  int descriptor_;
};

}  // namespace blipd

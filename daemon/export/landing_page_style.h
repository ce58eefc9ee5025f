// The style sheet of the landing page. Light and dark, wide and narrow; colours have at least 4.5:1 contrast with their
// ground.
#pragma once

#include <string_view>

namespace blipd {

inline constexpr std::string_view kLandingPageStyle = R"css(
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;
--up:#116329;--spotty:#7d4e00;--flapping:#8a3c00;--down:#a40e26;--unknown:#57606a;--warn:#fff3cd}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;
--up:#56d364;--spotty:#e3b341;--flapping:#ffa657;--down:#ff8e86;--unknown:#9aa4af;--warn:#3d2f00}}
body{margin:0 auto;padding:1rem;max-width:80rem;background:var(--ground);color:var(--ink);
font:1rem/1.45 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.2rem 0}
h2{font-size:1.1rem;margin:1.2rem 0 0}
p{margin:.4rem 0}
.soft,footer{color:var(--soft);font-size:.9rem}
.banner{background:var(--warn);border:1px solid var(--line);padding:.6rem .8rem;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th{text-align:left;font-size:.85rem;color:var(--soft);font-weight:600}
th,td{padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tbody th{font-size:1rem;color:inherit}
.state{font-weight:600;border:1px solid;border-radius:.3rem;padding:0 .35rem;white-space:nowrap}
.up{color:var(--up)}.spotty{color:var(--spotty)}.flapping{color:var(--flapping)}
.down{color:var(--down)}.unknown{color:var(--unknown)}
a{color:inherit}
@media (max-width:48rem){thead{display:none}
table,tbody,tr,td,tbody th{display:block}
tbody{border-bottom:2px solid var(--line);padding:.4rem 0}
.events tr{border-bottom:1px solid var(--line);padding:.4rem 0}
td,tbody th{border:0;padding:.1rem 0}
td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}}
)css";

}  // namespace blipd

#include "tests/lab/segments.h"

#include <cstdint>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/lab/request.h"
#include "tests/unit/lab/segment.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

SegmentText text_of(bool v6) {
  SegmentText text;
  if (v6) {
    text.from = "2001:db8:ffff::9";
    text.to = "2001:db8:1::3";
  }
  text.options = linux_options();
  return text;
}

TEST_CASE("a segment is recognised, whole and with a right checksum only") {
  SegmentText text = text_of(GENERATE(false, true));
  text.payload = "x";
  const Bytes good = segment_of(text);
  CHECK(parse_packet(good).kind == PacketKind::tcp);
  CHECK(parse_packet(good).destination.to_string() == text.to);
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(parse_packet(std::span(good).first(size)).kind == PacketKind::other);
  }
  Bytes wrong = good;
  wrong.back() ^= 1;
  CHECK(parse_packet(wrong).kind == PacketKind::bad_checksum);
  Bytes short_offset = good;
  short_offset[(text.from.find(':') == std::string::npos ? 20U : 40U) + 12] = 0x40;
  CHECK(parse_packet(short_offset).kind == PacketKind::other);
}

TEST_CASE("a segment is read") {
  SegmentText text = text_of(GENERATE(false, true));
  text.sequence = 0xfedcba98;
  text.acknowledgement = 0x01020304;
  text.flags = kSyn | kAck;
  text.payload = "abc";
  const Bytes packet = segment_of(text);
  const Segment segment = parse_segment(packet, parse_packet(packet));
  CHECK(segment.ends.vantage.to_string() == text.from);
  CHECK(segment.ends.host.to_string() == text.to);
  CHECK(segment.ends.vantage_port == 20000);
  CHECK(segment.ends.host_port == 80);
  CHECK(segment.sequence == 0xfedcba98);
  CHECK(segment.acknowledgement == 0x01020304);
  CHECK(segment.flags == (kSyn | kAck));
  CHECK(std::string(segment.payload.begin(), segment.payload.end()) == "abc");
  CHECK(segment.mss == 1460);
  CHECK(segment.stamp == 0x01020304U);
  CHECK(segment.sack);
  CHECK(segment.window_scale);
}

TEST_CASE("options that are cut, of no length, or behind the end are passed over") {
  const Bytes options =
      GENERATE(Bytes{2, 4, 5, 0xb4, 8, 10, 1, 2}, Bytes{2, 4, 5, 0xb4, 8, 0, 1, 1}, Bytes{2, 4, 5, 0xb4, 8, 1, 1, 1},
               Bytes{2, 4, 5, 0xb4, 1, 1, 1, 8}, Bytes{2, 4, 5, 0xb4, 0, 4, 2, 0}, Bytes{2, 4, 5, 0xb4, 8, 4, 2, 0});
  SegmentText text;
  text.options = options;
  const Bytes packet = segment_of(text);
  const Segment segment = parse_segment(packet, parse_packet(packet));
  CHECK(segment.mss == 1460);
  CHECK_FALSE(segment.stamp.has_value());
  CHECK_FALSE(segment.sack);
}

TEST_CASE("no flipped bit makes the reader read beyond the segment") {
  SegmentText text = text_of(GENERATE(false, true));
  text.payload = "GET / HTTP/1.1\r\n\r\n";
  const Bytes good = segment_of(text);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    ParsedPacket parsed = parse_packet(flipped);
    CHECK(parsed.size <= flipped.size());
    // Almost every flip breaks the checksum; what would be read without it must hold too.
    if (parsed.kind == PacketKind::bad_checksum) parse_segment(flipped, parsed);
  }
}

TEST_CASE("an open port answers as Linux does, with what the SYN offers") {
  struct Row {
    Bytes offered;
    Bytes answered;
  };
  const auto row =
      GENERATE(Row{linux_options(), {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0x0b, 0xb8, 1, 2, 3, 4, 1, 3, 3, 7}},
               Row{{}, {2, 4, 5, 0xb4}}, Row{{2, 4, 5, 0xb4, 1, 1, 4, 2}, {2, 4, 5, 0xb4, 1, 1, 4, 2}},
               Row{{1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0}, {2, 4, 5, 0xb4, 1, 1, 8, 10, 0, 0, 0x0b, 0xb8, 1, 2, 3, 4}});
  SegmentText text;
  text.options = row.offered;
  text.sequence = 0xffffffff;
  const Bytes packet = segment_of(text);
  const Segment syn = parse_segment(packet, parse_packet(packet));
  const SeenSegment seen = read_segment(syn_ack(syn, syn.ends, 77, 2s));
  CHECK(seen.checksum_right);
  CHECK(seen.from_port == 80);
  CHECK(seen.to_port == 20000);
  CHECK(seen.sequence == 77);
  CHECK(seen.acknowledgement == 0);
  CHECK(seen.flags == (kSyn | kAck));
  CHECK(seen.options == row.answered);
}

TEST_CASE("over IPv6 the largest segment is 20 smaller") {
  const Bytes packet = segment_of(text_of(true));
  const Segment syn = parse_segment(packet, parse_packet(packet));
  const Bytes answer = syn_ack(syn, syn.ends, 77, 2s);
  const SeenSegment seen = read_segment(answer);
  CHECK(seen.checksum_right);
  CHECK(source_of(answer) == "2001:db8:1::3");
  CHECK(Bytes(seen.options.begin(), seen.options.begin() + 4) == Bytes{2, 4, 5, 0xa0});
}

TEST_CASE("a forged SYN-ACK differs in the acknowledgement number alone") {
  SegmentText text = text_of(false);
  text.sequence = GENERATE(0U, 1000U, 0x7fffffffU, 0xffffffffU, 0x5a5a5a59U);
  const Bytes packet = segment_of(text);
  const Segment syn = parse_segment(packet, parse_packet(packet));
  const SeenSegment forged = read_segment(forged_syn_ack(syn, 77, 2s));
  CHECK(forged.checksum_right);
  CHECK(forged.flags == (kSyn | kAck));
  CHECK(forged.acknowledgement != text.sequence + 1);
  CHECK(forged.acknowledgement != text.sequence);
  CHECK(forged.from_port == 80);
  CHECK(forged.options == read_segment(syn_ack(syn, syn.ends, 77, 2s)).options);
}

TEST_CASE("a closed port resets what comes (RFC 9293 section 3.10.7.1)") {
  struct Row {
    std::uint8_t flags;
    std::string payload;
    std::uint8_t reset_flags;
    std::uint32_t sequence;
    std::uint32_t acknowledgement;
  };
  const auto row = GENERATE(Row{kSyn, "", kRst | kAck, 0, 1001}, Row{kSyn | kFin, "abc", kRst | kAck, 0, 1005},
                            Row{kAck, "abc", kRst, 555, 0}, Row{kSyn | kAck, "", kRst, 555, 0});
  SegmentText text;
  text.flags = row.flags;
  text.acknowledgement = 555;
  text.payload = row.payload;
  const Bytes packet = segment_of(text);
  const SeenSegment reset = read_segment(reset_of(parse_segment(packet, parse_packet(packet))));
  CHECK(reset.checksum_right);
  CHECK(reset.flags == row.reset_flags);
  CHECK(reset.sequence == row.sequence);
  CHECK(reset.acknowledgement == row.acknowledgement);
  CHECK(reset.options.empty());
}

}  // namespace
}  // namespace blipd::lab

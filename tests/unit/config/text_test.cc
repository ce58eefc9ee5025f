#include "daemon/config/text.h"

#include "tests/support/catch.h"

using namespace blipd;

TEST_CASE("sizes are whole numbers with a binary unit") {
  CHECK(parse_size("1KiB") == 1024U);
  CHECK(parse_size("64MiB") == 64U << 20);
  CHECK(parse_size("1GiB") == 1U << 30);
  CHECK(parse_size("8388607TiB") == 8388607ULL << 40);
  for (const char* text :
       {"", "1", "1GB", "1 GiB", "-1GiB", "1.5GiB", "GiB", "1GiBs", "8388608TiB", "18446744073709551616KiB", "+1GiB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

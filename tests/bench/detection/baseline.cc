#include "tests/bench/detection/baseline.h"

#include "tests/bench/detection/ewma.h"
#include "tests/bench/detection/ioda.h"
#include "tests/bench/detection/smokeping.h"
#include "tests/bench/detection/three_losses.h"
#include "tests/bench/detection/trinocular.h"

namespace blipd::bench {

std::vector<std::unique_ptr<Baseline>> all_baselines() {
  std::vector<std::unique_ptr<Baseline>> list;
  list.push_back(std::make_unique<Trinocular>());
  list.push_back(std::make_unique<Ioda>());
  list.push_back(std::make_unique<ThreeLosses>());
  list.push_back(std::make_unique<SmokePing>());
  list.push_back(std::make_unique<Ewma>());
  return list;
}

double drawn(std::uint64_t seed, std::string_view name, std::uint64_t purpose) {
  // FNV-1a over the name, then the finalizer of MurmurHash3: good bits, and the same on every machine.
  std::uint64_t h = 0xcbf29ce484222325U ^ seed;
  for (const char c : name) {
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  h ^= (purpose + 1) * 0x9e3779b97f4a7c15U;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdU;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53U;
  h ^= h >> 33;
  return static_cast<double>(h >> 11) * 0x1.0p-53;
}

}  // namespace blipd::bench

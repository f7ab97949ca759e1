#include "base/metrics.h"

namespace postern {
namespace {

TEST(Histogram, BucketsAreCumulative) {
  const double bounds[] = {1, 10};
  Histogram histogram(bounds);
  for (const double value : {0.5, 1.0, 5.0, 100.0}) histogram.observe(value);
  std::string out;
  histogram.write(out, "x");
  EXPECT_EQ(out, "x_bucket{le=\"1\"} 2\nx_bucket{le=\"10\"} 3\nx_bucket{le=\"+Inf\"} 4\nx_sum 106.5\nx_count 4\n");
}

TEST(CounterFamily, OneLinePerSetOfLabels) {
  CounterFamily family;
  family.add("{a=\"1\"}", 2);
  family.add("{a=\"2\"}");
  family.add("{a=\"1\"}");
  std::string out;
  family.write(out, "x_total");
  EXPECT_EQ(out, "x_total{a=\"1\"} 3\nx_total{a=\"2\"} 1\n");
}

}  // namespace
}  // namespace postern

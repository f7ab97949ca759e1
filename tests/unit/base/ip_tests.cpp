#include "base/ip.h"

namespace postern {
namespace {

TEST(IpAddress, ParsesNumericFormsOnly) {
  for (const char* good : {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "2001:db8::1", "::ffff:192.0.2.7"}) {
    EXPECT_TRUE(IpAddress::parse(good)) << good;
  }
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4x", "example.com", "[::1]", "fe80::1%eth0",
                          "1.2.3.4:80", " 1.2.3.4", "2130706433"}) {
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  }
}

TEST(IpAddress, MappedV4IsTheSameAddress) {
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.7"), IpAddress::parse("192.0.2.7"));
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.7")->to_text(), "192.0.2.7");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->to_text(), "2001:db8::1");
}

TEST(IpAddress, KnowsLoopback) {
  EXPECT_TRUE(IpAddress::parse("127.8.9.10")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::ffff:127.0.0.1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("::2")->is_loopback());
}

struct NetworkCase {
  const char* network;
  const char* address;
  bool contained;
};

TEST(IpNetwork, Contains) {
  const NetworkCase cases[] = {
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.129", true},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.8", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::/0", "192.0.2.1", true},
  };
  for (const NetworkCase& c : cases) {
    const auto network = IpNetwork::parse(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_EQ(network->contains(*IpAddress::parse(c.address)), c.contained) << c.network << " " << c.address;
  }
}

TEST(IpNetwork, RefusesWhatIsNoNetwork) {
  for (const char* bad : {"", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "192.0.2.1/24", "/24", "::/129",
                          "192.0.2.0/24 ", "192.0.2.0/2 4", "host/24"}) {
    EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace postern

// Where outgoing events may go: decided by tables, nothing is connected to.
#include "effects/outgoing/guard.h"

namespace postern {
namespace {

OutgoingPolicy policy(std::initializer_list<const char*> allow = {}) {
  OutgoingPolicy out{.ports = {{80, 80}, {443, 443}, {8000, 8099}}};
  for (const char* each : allow) out.allow.push_back(IpNetwork::parse(each).value());
  return out;
}

bool may_connect(const char* address, const OutgoingPolicy& by = policy()) {
  const auto parsed = IpAddress::parse(address);
  EXPECT_TRUE(parsed) << address;
  return parsed && !refusal(*parsed, by);
}

TEST(OutgoingGuard, ConnectsToPublicAddresses) {
  for (const char* each :
       {"1.1.1.1",        "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",    "126.255.255.255", "128.0.0.1",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0",      "192.0.1.0",       "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",      "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e",
        "2400:cb00::1",   "2003::1",         "3ffe::1",         "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(may_connect(each)) << each;
  }
}

TEST(OutgoingGuard, RefusesWhatIsNotPublic) {
  for (const char* each :
       {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
        "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7",
        "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        // IPv6: the same in other clothes, and what is not global unicast.
        "::", "::1", "::2", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
        "::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1",
        "2001::1", "2001:0:4136:e378::", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1",
        "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
        "ff0e::1"}) {
    EXPECT_FALSE(may_connect(each)) << each;
  }
}

TEST(OutgoingGuard, SaysWhichAddressAndWhatItIs) {
  EXPECT_EQ(refusal(IpAddress::parse("10.0.0.7").value(), policy()), "10.0.0.7 is a private address");
  EXPECT_EQ(refusal(IpAddress::parse("::ffff:169.254.169.254").value(), policy()),
            "169.254.169.254 is a link-local address");
  EXPECT_EQ(refusal(std::uint16_t{22}, policy()), "port 22 is none of outgoing.ports");
}

TEST(OutgoingGuard, AllowedNetworksAreConnectedToAndNoOthers) {
  const OutgoingPolicy some = policy({"127.0.0.0/8", "10.1.0.0/16", "fd00:1::/32"});
  for (const char* each : {"127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fd00:1::7", "8.8.8.8"}) {
    EXPECT_TRUE(may_connect(each, some)) << each;
  }
  for (const char* each : {"10.2.0.1", "::1", "fd00:2::7", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"}) {
    EXPECT_FALSE(may_connect(each, some)) << each;
  }
}

TEST(OutgoingGuard, OnlyListedPorts) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{80, 443, 8000, 8042, 8099})
    EXPECT_FALSE(refusal(port, policy())) << port;
  for (const std::uint16_t port :
       std::initializer_list<std::uint16_t>{0, 1, 22, 25, 79, 81, 3306, 6379, 7999, 8100, 65535}) {
    EXPECT_TRUE(refusal(port, policy())) << port;
  }
}

TEST(OutgoingGuard, TakesOrdinaryUrls) {
  for (const char* each :
       {"https://example.com", "https://example.com/", "http://example.com/hook", "https://EXAMPLE.com/Hook?a=b&c=%20",
        "https://example.com:443/", "https://example.com:8042/x", "https://sub.example.co.uk/a/b/../c",
        "https://1.1.1.1/", "https://[2606:4700::1111]/", "https://xn--mnchen-3ya.example/", "https://a-b.example/@x",
        "https://example.com/a:b@c", "https://4chan.example/", "https://0xdead.example/", "HTTPS://example.com/"}) {
    const Result<void> checked = check_url(each, policy());
    EXPECT_TRUE(checked) << each << ": " << checked.error().message;
  }
}

TEST(OutgoingGuard, RefusesUrlsThatAreNone) {
  for (const char* each : {"", "example.com", "//example.com/", "https:/example.com", "https:example.com", "https:///x",
                           "https://", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
                           "dict://example.com/", "javascript:alert(1)", "unix:///run/x", "https://exa mple.com/",
                           "https://example.com/\r\nX: y", "https://example.com/\t", "https://example.com\\@127.0.0.1/",
                           "https://m\xc3\xbcnchen.example/", "https://example.com/#part"}) {
    EXPECT_FALSE(check_url(each, policy())) << each;
  }
  EXPECT_FALSE(check_url(std::string_view("https://example.com/\0x", 22), policy()));
  EXPECT_FALSE(check_url("https://example.com/" + std::string(2000, 'a'), policy()));
}

TEST(OutgoingGuard, RefusesUsersInUrls) {
  for (const char* each : {"https://user@example.com/", "https://user:word@example.com/", "https://:word@example.com/",
                           "https://@example.com/", "https://example.com@127.0.0.1/", "https://1.1.1.1@10.0.0.1/"}) {
    EXPECT_FALSE(check_url(each, policy())) << each;
  }
}

TEST(OutgoingGuard, RefusesPortsInUrls) {
  for (const char* each : {"https://example.com:22/", "https://example.com:0/", "https://example.com:65536/",
                           "https://example.com:x/", "http://example.com:6379/"}) {
    EXPECT_FALSE(check_url(each, policy())) << each;
  }
}

// However an address is written, nothing inside is reached.
TEST(OutgoingGuard, RefusesInsideAddressesInEverySpelling) {
  for (const char* each : {"127.0.0.1",
                           "127.1",
                           "127.0.1",
                           "127.0.0.1.",
                           "2130706433",
                           "0x7f000001",
                           "0x7f.0.0.1",
                           "0x7f.1",
                           "0177.0.0.1",
                           "017700000001",
                           "0300.0250.0.1",
                           "127.0.0.01",
                           "0",
                           "0.0.0.0",
                           "10.0.0.1",
                           "10.1",
                           "0xa.1",
                           "167772161",
                           "169.254.169.254",
                           "2852039166",
                           "0xa9fea9fe",
                           "0251.0376.0251.0376",
                           "169.254.43518",
                           "192.168.1.1",
                           "3232235777",
                           "100.64.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "4294967295",
                           "[::]",
                           "[::1]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[0:0:0:0:0:ffff:a9fe:a9fe]",
                           "[::127.0.0.1]",
                           "[64:ff9b::7f00:1]",
                           "[64:ff9b::169.254.169.254]",
                           "[2002:7f00:1::]",
                           "[fe80::1]",
                           "[fe80::1%25eth0]",
                           "[fe80::1%eth0]",
                           "[fd00:ec2::254]",
                           "[ff02::1]",
                           "%31%32%37.0.0.1",
                           "127%2e0%2e0%2e1",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "1.1.1.1.0x7f",
                           "foo.127",
                           "foo.0x7f000001",
                           "[v1.x]",
                           "[127.0.0.1]",
                           "127.0.0.1%00.example.com"}) {
    const std::string url = std::string("http://") + each + "/latest/meta-data/";
    EXPECT_FALSE(check_url(url, policy())) << url;
  }
}

// A number that leads to an allowed address is refused for its spelling.
TEST(OutgoingGuard, AllowedAddressesAreWrittenInTheUsualForm) {
  const OutgoingPolicy loopback = policy({"127.0.0.0/8"});
  EXPECT_TRUE(check_url("http://127.0.0.1:8042/", loopback));
  EXPECT_TRUE(check_url("http://[::ffff:127.0.0.1]/", loopback));
  for (const char* each : {"http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/"}) {
    EXPECT_FALSE(check_url(each, loopback)) << each;
  }
}

}  // namespace
}  // namespace postern

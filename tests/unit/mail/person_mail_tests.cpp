#include "crypto/person_secrets.h"
#include "effects/mail/file_transport.h"
#include "effects/mail/person_mail.h"
#include "store/memory/memory_store.h"
#include "support/fake_clock.h"
#include "support/mail_reader.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

namespace postern {
namespace {

using testing::HasSubstr;
using testing::Not;

class FakeTransport final : public MailTransport {
 public:
  MailResult send(const Mail& mail) override {
    sent.push_back(mail);
    return next;
  }
  std::vector<Mail> sent;
  MailResult next{MailResult::Kind::sent, 250, "The mail server took it.", "250 OK"};
};

class PersonMailTest : public testing::Test {
 protected:
  PersonMailTest() {
    const SpaceId space = store_.add_space({.slug = "premium", .title = "Premium <3"}).value();
    const std::unique_ptr<Transaction> transaction = store_.begin().value();
    std::vector<Change> changes(1);
    changes[0].delivery.id = DeliveryId{1};
    changes[0].create = NewUser{.email = "Ada@Example.com",
                                .login = "ada",
                                .first_name = "Ada",
                                .last_name = "Lovelace",
                                .display_name = "Ada Lovelace"};
    changes[0].email_key = "ada@example.com";
    changes[0].memberships = {{MembershipChange::Kind::join, {.space = space}}};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    user_ = *changes[0].delivery.user;
  }

  Outcome perform(EffectKind kind = EffectKind::welcome_email, MailTransport* transport = nullptr) {
    PersonMail mail({store_, store_, store_, store_, vault_, random_, clock_, transport ? transport : &transport_},
                    site());
    return mail.perform(row(kind));
  }
  static MailSite site() {
    return {.from = MailAddress::parse("gate@example.com", "My Site").value(),
            .name = "My Site",
            .url = "https://example.com",
            .base_url = "https://gate.example.com"};
  }
  OutboxRow row(EffectKind kind) const {
    OutboxRow out{.id = OutboxId{17}, .created_at = clock_.now()};
    out.effect.kind = kind;
    out.effect.user = user_;
    return out;
  }
  // The secret of the link in the n-th mail.
  std::string link_in(std::size_t n) const {
    constexpr std::string_view kStart = "https://gate.example.com/account/set-password/";
    const std::string& text = transport_.sent.at(n).text;
    const std::size_t at = text.find(kStart) + kStart.size();
    return text.substr(at, text.find('\n', at) - at);
  }
  std::optional<FoundUserLink> find_link(const std::string& secret) {
    return store_.find_user_link(user_link_hash(vault_, secret), clock_.now()).value();
  }

  FakeClock clock_;
  MemoryStore store_;
  KeyVault vault_{std::array<std::byte, 32>{}};
  SeededRandom random_{1};
  FakeTransport transport_;
  UserId user_;
};

TEST_F(PersonMailTest, ANewUserGetsLoginAndLinks) {
  const Outcome outcome = perform();
  EXPECT_EQ(outcome.kind, Outcome::Kind::done);
  EXPECT_EQ(outcome.status, 250);
  ASSERT_EQ(transport_.sent.size(), 1U);
  const Mail& mail = transport_.sent[0];
  EXPECT_EQ(mail.to.address(), "Ada@Example.com");
  EXPECT_EQ(mail.from.name(), "My Site");
  EXPECT_EQ(mail.subject, "[My Site] Login Details");
  EXPECT_THAT(mail.text, HasSubstr("Username: ada\n"));
  EXPECT_THAT(mail.text, HasSubstr("\nhttps://gate.example.com/account/login\n"));
  EXPECT_THAT(mail.html, HasSubstr("<a href=\"https://gate.example.com/account/set-password/" + link_in(0) + "\">"));
}

// Security 42: at least 128 bits, stored hashed, bound to the user, at most an hour.
TEST_F(PersonMailTest, TheLinkIsInTheMailOnly) {
  const Outcome outcome = perform();
  const std::string secret = link_in(0);
  EXPECT_GE(secret.size(), 43U);
  EXPECT_THAT(outcome.note + outcome.response, Not(HasSubstr(secret)));
  const std::optional<FoundUserLink> link = find_link(secret);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->state, UserLinkState::usable);
  EXPECT_EQ(link->link.user, user_);
  EXPECT_EQ(link->link.kind, UserLinkKind::set);
  EXPECT_EQ(link->link.expires_at - link->link.created_at, std::chrono::minutes{60});
  clock_.advance(std::chrono::minutes{61});
  EXPECT_EQ(find_link(secret)->state, UserLinkState::expired);
}

TEST_F(PersonMailTest, EachAttemptHasALinkOfItsOwnAndTheSameMessageId) {
  transport_.next = {MailResult::Kind::failed, 451, "Later.", "451 Later"};
  const Outcome first = perform();
  EXPECT_EQ(first.kind, Outcome::Kind::retry);
  EXPECT_EQ(first.status, 451);
  EXPECT_EQ(first.response, "451 Later");
  transport_.next.kind = MailResult::Kind::sent;
  EXPECT_EQ(perform().kind, Outcome::Kind::done);
  EXPECT_NE(link_in(0), link_in(1));
  EXPECT_TRUE(find_link(link_in(0)) && find_link(link_in(1)));
  EXPECT_EQ(transport_.sent[0].message_id, transport_.sent[1].message_id);
}

TEST_F(PersonMailTest, TheMessageIdBelongsToOneRowOfOneOutbox) {
  const MailAddress from = site().from;
  OutboxRow a = row(EffectKind::welcome_email);
  const std::string id = message_id_of(vault_, a, from);
  EXPECT_TRUE(id.starts_with("postern.17.") && id.ends_with("@example.com")) << id;
  OutboxRow later = a;
  later.attempts = 5;
  later.effect.due_at += std::chrono::hours{1};
  EXPECT_EQ(message_id_of(vault_, later, from), id);
  OutboxRow other = a;
  other.id = OutboxId{18};
  EXPECT_NE(message_id_of(vault_, other, from), id);
  other = a;
  other.created_at += std::chrono::milliseconds{1};
  EXPECT_NE(message_id_of(vault_, other, from), id);
  std::array<std::byte, 32> master{};
  master[0] = std::byte{1};
  EXPECT_NE(message_id_of(KeyVault(master), a, from), id);
}

TEST_F(PersonMailTest, AForgottenPasswordIsAnotherMail) {
  EXPECT_EQ(perform(EffectKind::password_email).kind, Outcome::Kind::done);
  EXPECT_EQ(transport_.sent[0].subject, "[My Site] Password Reset");
  EXPECT_EQ(find_link(link_in(0))->link.kind, UserLinkKind::reset);
}

TEST_F(PersonMailTest, ARefusalIsForGood) {
  transport_.next = {MailResult::Kind::refused, 550, "The mail server refused it: 550 No such user",
                     "550 No such user"};
  const Outcome outcome = perform();
  EXPECT_EQ(outcome.kind, Outcome::Kind::dead);
  EXPECT_EQ(outcome.note, "The mail server refused it: 550 No such user");
}

TEST_F(PersonMailTest, NobodyToSendToAndNoWayToSend) {
  PersonMail without({store_, store_, store_, store_, vault_, random_, clock_, nullptr}, site());
  const Outcome dead = without.perform(row(EffectKind::welcome_email));
  EXPECT_EQ(dead.kind, Outcome::Kind::dead);
  EXPECT_THAT(dead.note, HasSubstr("No mail server is configured"));
  EXPECT_TRUE(store_.remove_user(user_));
  const Outcome gone = perform();
  EXPECT_EQ(gone.kind, Outcome::Kind::skipped);
  EXPECT_EQ(gone.note, "The user has been removed.");
  EXPECT_TRUE(transport_.sent.empty());
}

TEST_F(PersonMailTest, TheOperatorsTextsAndAllVariablesAreUsed) {
  const std::string all =
      "{{site_name}}|{{site_url}}|{{login}}|{{email}}|{{display_name}}|{{first_name}}|{{last_name}}|{{spaces}}|"
      "{{login_url}}|{{forgotten_password_url}}|{{link_lifetime}}";
  const std::vector<MailTemplateChange> changes{{MailPart::text, all}, {MailPart::html, all}};
  ASSERT_TRUE(store_.change_mail_templates(MailKind::welcome, changes));
  perform();
  const std::string shown =
      "My Site|https://example.com|ada|Ada@Example.com|Ada Lovelace|Ada|Lovelace|Premium <3|"
      "https://gate.example.com/account/login|https://gate.example.com/account/forgotten|60 minutes";
  EXPECT_EQ(transport_.sent[0].text, shown);
  EXPECT_THAT(transport_.sent[0].html, HasSubstr("|Premium &lt;3|"));
}

TEST_F(PersonMailTest, AFileIsCompletePrivateAndReplacedByItsRepeat) {
  const TempFolder folder;
  FileTransport files(folder.file("mail"));
  EXPECT_EQ(perform(EffectKind::welcome_email, &files).kind, Outcome::Kind::done);
  EXPECT_EQ(perform(EffectKind::welcome_email, &files).kind, Outcome::Kind::done);
  const std::filesystem::directory_iterator all(folder.file("mail"));
  const std::vector<std::filesystem::directory_entry> found(begin(all), end(all));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path().extension(), ".eml");
  struct stat info {};
  ASSERT_EQ(::stat(found[0].path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(folder.file("mail").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  EXPECT_EQ(read_mail(read_file(found[0].path().string())).field("To"), "Ada@Example.com");
}

TEST_F(PersonMailTest, AFolderThatCannotBeWrittenIsTriedAgain) {
  FileTransport files("/proc/nothing/mail");
  const Outcome outcome = perform(EffectKind::welcome_email, &files);
  EXPECT_EQ(outcome.kind, Outcome::Kind::retry);
  EXPECT_THAT(outcome.note, HasSubstr("could not be written to /proc/nothing/mail"));
}

}  // namespace
}  // namespace postern

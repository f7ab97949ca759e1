// The promise of the texts of mails, run against every adapter.
#include "conformance/own/own_parts.h"

namespace postern {
namespace {

class MailTemplateContract : public testing::TestWithParam<OwnBackend> {
 protected:
  std::vector<MailTemplate> all() { return store_->mail_templates().value(); }
  void change(MailKind kind, const std::vector<MailTemplateChange>& changes) {
    EXPECT_TRUE(store_->change_mail_templates(kind, changes));
  }
  TempFolder folder_;
  std::shared_ptr<MailTemplateStore> store_ = GetParam().make(folder_).mail_templates;
};

TEST_P(MailTemplateContract, ANewStoreHasNone) {
  EXPECT_TRUE(all().empty());
}

TEST_P(MailTemplateContract, WhatIsWrittenIsReadInOrder) {
  change(MailKind::password, {{MailPart::subject, "p"}});
  change(MailKind::welcome, {{MailPart::html, "<p>ü 🎉</p>\r\n"}, {MailPart::subject, "s"}});
  EXPECT_EQ(all(), (std::vector<MailTemplate>{{MailKind::welcome, MailPart::subject, "s"},
                                              {MailKind::welcome, MailPart::html, "<p>ü 🎉</p>\r\n"},
                                              {MailKind::password, MailPart::subject, "p"}}));
}

TEST_P(MailTemplateContract, APartIsReplacedGivenBackOrLeftAlone) {
  change(MailKind::welcome, {{MailPart::subject, "s"}, {MailPart::text, "t"}});
  change(MailKind::password, {{MailPart::subject, "p"}});
  change(MailKind::welcome, {{MailPart::subject, "other"}});
  change(MailKind::welcome, {{MailPart::text, std::nullopt}, {MailPart::html, std::nullopt}});
  EXPECT_EQ(all(), (std::vector<MailTemplate>{{MailKind::welcome, MailPart::subject, "other"},
                                              {MailKind::password, MailPart::subject, "p"}}));
}

// An empty text is one: a mail without HTML.
TEST_P(MailTemplateContract, AnEmptyTextIsKept) {
  change(MailKind::welcome, {{MailPart::html, ""}});
  EXPECT_EQ(all(), (std::vector<MailTemplate>{{MailKind::welcome, MailPart::html, ""}}));
}

INSTANTIATE_TEST_SUITE_P(Stores, MailTemplateContract, testing::ValuesIn(own_backends()), own_backend_name);

}  // namespace
}  // namespace postern

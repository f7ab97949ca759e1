#include "effects/mail/templates.h"
#include "support/vectors.h"

#include <array>

namespace postern {
namespace {

constexpr std::array<std::string_view, 3> kNames{"name", "site", "empty"};
const TemplateValues kValues{{"name", "Ada <b>&\"'"}, {"site", "Gate"}};

std::string render(std::string_view text, TemplateEscaping escaping = TemplateEscaping::line,
                   const TemplateValues& values = kValues) {
  const Result<Template> parsed = Template::parse(text, kNames);
  return parsed ? parsed->render(values, escaping) : "error: " + parsed.error().message;
}

TEST(Template, ValuesTakeThePlaceOfTheirNames) {
  EXPECT_EQ(render("Hi {{name}}, {{ site }}!{{empty}}"), "Hi Ada <b>&\"', Gate!");
  EXPECT_EQ(render("no tags } { }} {x}"), "no tags } { }} {x}");
  EXPECT_EQ(render(""), "");
}

// Security 17, 20.
TEST(Template, AValueIsOnlyText) {
  EXPECT_EQ(render("<i>{{name}}</i>", TemplateEscaping::html), "<i>Ada &lt;b&gt;&amp;&quot;&#39;</i>");
  EXPECT_EQ(render("{{name}}", TemplateEscaping::line, {{"name", "a\r\nBcc: x\n\0y"}}), "a  Bcc: x");
  // What a person is called is no template.
  EXPECT_EQ(render("{{name}}", TemplateEscaping::html, {{"name", "{{site}}"}}), "{{site}}");
  for (const std::string_view raw : {"{{{name}}}", "{{&name}}", "{{& name}}"}) {
    EXPECT_EQ(render(raw), "error: line 1: a value cannot be written unescaped; write {{name}}") << raw;
  }
}

TEST(Template, SectionsAreShownIfThereIsAValue) {
  EXPECT_EQ(render("{{#name}}yes{{/name}}{{^name}}no{{/name}}"), "yes");
  EXPECT_EQ(render("{{#empty}}yes{{/empty}}{{^empty}}no{{/empty}}"), "no");
  EXPECT_EQ(render("{{#name}}a{{#empty}}b{{/empty}}c{{/name}}d"), "acd");
  EXPECT_EQ(render("{{#empty}}a{{#name}}b{{/name}}c{{/empty}}d"), "d");
}

TEST(Template, ALineOfTagsLeavesNoEmptyLine) {
  EXPECT_EQ(render("a\n{{#name}}\nb\n  {{/name}}  \nc\n"), "a\nb\nc\n");
  EXPECT_EQ(render("{{! remark }}\r\nb"), "b");
  EXPECT_EQ(render("a {{! remark }}\nb"), "a \nb");
  EXPECT_EQ(render("{{name}}\n", TemplateEscaping::line, {{"name", "x"}}), "x\n");
}

TEST(Template, AnErrorSaysWhereAndWhat) {
  EXPECT_EQ(render("a\n{{nmae}}"), "error: line 2: there is no variable 'nmae'. There are: name, site, empty");
  EXPECT_EQ(render("{{name"), "error: line 1: {{ without }}");
  EXPECT_EQ(render("\n{{#name}}\n\n"), "error: line 2: the section name is never ended with {{/…}}");
  EXPECT_EQ(render("{{/name}}"), "error: line 1: {{/name}} ends a section that was not begun here");
  EXPECT_EQ(render("{{#name}}{{#site}}{{/name}}{{/site}}"),
            "error: line 1: {{/name}} ends a section that was not begun here");
  EXPECT_EQ(render(std::string(65'537, 'x')), "error: line 1: it is longer than 64 KiB");
  std::string deep;
  for (int i = 0; i < 9; ++i) deep += "{{#name}}";
  EXPECT_EQ(render(deep), "error: line 1: sections are nested too deeply; 8 levels are allowed");
}

TEST(MailTemplates, TheBuiltInOnesAreRight) {
  for (const MailKind kind : kMailKinds) {
    for (const MailPart part : kMailParts) EXPECT_FALSE(check_template(part, default_template(kind, part)));
    const Result<MailParts> shown = render_mail(templates_of(kind, {}), example_values());
    ASSERT_TRUE(shown);
    EXPECT_NE(shown->text.find("/account/set-password/"), std::string::npos);
    EXPECT_NE(shown->html.find("href=\"https://community.example.com/account/set-password/"), std::string::npos);
  }
}

// Subject, login, set-password address and log-in address, in WordPress' words and order.
TEST(MailTemplates, TheWelcomeEmailSaysWhatThatOfWordPressSays) {
  const auto recorded = vector_cases("new_user_notification_mail")[0].at("out").at("6.7").at("mails").at(0);
  TemplateValues values = example_values();
  values["site_name"] = "My Site";
  values["login"] = "jdoe";
  const MailParts shown = render_mail(templates_of(MailKind::welcome, {}), values).value();
  EXPECT_EQ(shown.subject, recorded.at("subject_decoded").as_string());
  std::size_t at = 0;
  std::istringstream lines(std::string(recorded.at("body_lf").as_string()));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("action=rp") != std::string::npos) line = values["set_password_url"];
    if (line == "https://example.test/wp-login.php") line = values["login_url"];
    if (line.empty()) continue;
    const std::size_t found = shown.text.find(line + "\n", at);
    ASSERT_NE(found, std::string::npos) << line;
    at = found + line.size();
  }
  EXPECT_GT(at, 0U);
}

TEST(MailTemplates, TheOperatorsPartsTakeThePlaceOfTheBuiltInOnes) {
  const std::vector<MailTemplate> custom{{MailKind::welcome, MailPart::subject, "Hi {{first_name}}"},
                                         {MailKind::welcome, MailPart::html, " \n"},
                                         {MailKind::password, MailPart::text, "other"}};
  TemplateValues values = example_values();
  values["first_name"] = "Eve\r\nBcc: x@example.com";
  const MailParts shown = render_mail(templates_of(MailKind::welcome, custom), values).value();
  EXPECT_EQ(shown.subject, "Hi Eve  Bcc: x@example.com");
  EXPECT_EQ(shown.html, "");
  EXPECT_EQ(shown.text.substr(0, 14), "Username: ada\n");
}

TEST(MailTemplates, AWrongPartIsNamed) {
  EXPECT_EQ(check_template(MailPart::subject, " ")->message, "it is empty");
  EXPECT_EQ(check_template(MailPart::text, "")->message, "it is empty");
  EXPECT_EQ(check_template(MailPart::subject, "a\nb")->message, "it has more than one line");
  EXPECT_FALSE(check_template(MailPart::html, ""));
  MailParts parts = templates_of(MailKind::welcome, {});
  parts.text = "{{x}}";
  EXPECT_EQ(render_mail(parts, {}).error().message.substr(0, 44), "The text of the template is wrong: line 1: t");
}

TEST(MailTemplates, ALifetimeIsSaidInWords) {
  using std::chrono::minutes;
  EXPECT_EQ(lifetime_text(minutes{1}), "1 minute");
  EXPECT_EQ(lifetime_text(minutes{60}), "60 minutes");
  EXPECT_EQ(lifetime_text(minutes{90}), "90 minutes");
  EXPECT_EQ(lifetime_text(minutes{24 * 60}), "24 hours");
}

}  // namespace
}  // namespace postern

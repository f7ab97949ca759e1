// What a script can do, and that whatever it does it ends: security.md, row 24 of the requirements.
#include "hooks/script.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

struct Case {
  std::string name;
  std::string body;  // Of incoming_webhook_validation.
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

// Runs `body` as the validation of a script, on the real clock.
class Sandbox {
 public:
  Result<ScriptVerdict> run(const std::string& body, const std::string& before = {}) const {
    const Script script(
        "all.lua",
        before + "\nfunction incoming_webhook_validation(is_valid, data, webhook, request)\n" + body + "\nend\n",
        limits, clock_);
    if (script.problem()) return Error{Errc::invalid, *script.problem(), ""};
    return script.validate({.data = R"({"email":"ada@example.com","n":3})",
                            .webhook = R"({"id":1})",
                            .request = R"({"ip":"192.0.2.7"})",
                            .secrets = {}});
  }
  // The value of a Lua expression, as text.
  std::string value(const std::string& expression) const {
    const auto verdict = run("return false, tostring(" + expression + ")");
    return verdict ? verdict->reason : "error: " + verdict.error().message;
  }
  double seconds(const std::string& body, std::string& message) const {
    const MonoTime before = clock_.mono();
    const auto verdict = run(body);
    message = verdict ? "it came back" : verdict.error().message;
    return std::chrono::duration<double>(clock_.mono() - before).count();
  }
  ScriptLimits limits;

 private:
  SystemClock clock_;
};

class Bomb : public testing::TestWithParam<Case> {
 protected:
  Sandbox sandbox_;
};

// Sanitizers slow all of this down; without limits none of these would ever end, or only after minutes.
constexpr double kSecondsAtMost = 5;

TEST_P(Bomb, EndsByALimitThatTheScriptCannotCatch) {
  std::string message;
  EXPECT_LT(sandbox_.seconds(GetParam().body + "\nreturn true", message), kSecondsAtMost);
  EXPECT_NE(message.find("(hooks."), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, Bomb,
    testing::Values(
        Case{"Loops", "while true do end"}, Case{"LoopsForNumbers", "for i = 1, math.huge do end"},
        Case{"Goto", "::again:: goto again"},
        Case{"LoopsInPcall", "while true do pcall(function() while true do end end) end"},
        Case{"CatchesEverything", "local function f() while true do pcall(f) end end f()"},
        Case{"CatchesMemory", "while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end"},
        Case{"CatchesLargeMemory", "while true do pcall(string.rep, 'x', 1 << 30) end"},
        Case{"EatsMemory", "local t = {} while true do t[#t + 1] = {} end"},
        Case{"DoublesText", "local s = 'x' while true do s = s .. s end"},
        Case{"EatsMemoryByConcat", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end"},
        Case{"RepeatsText", "local s = ('x'):rep(1 << 40)"}, Case{"RepeatsNothing", "local s = (''):rep(1 << 60)"},
        Case{"RepeatsNothingWithNothing", "local s = (''):rep(math.maxinteger, '')"},
        Case{"CopiesForEver", "local s = ('x'):rep(4e6) while true do local t = s .. 'y' end"},
        Case{"ComparesForEver", "local a, b = ('x'):rep(4e6) .. 'a', ('x'):rep(4e6) .. 'b' while a ~= b do end"},
        Case{"RecursesInPcall", "local function f() local ok = pcall(f) return f() end f()"},
        Case{"BacktracksBehindStars", "local _ = (('a'):rep(3000)):match('.*.*.*.*.*b') == nil"},
        Case{"BacktracksBehindMinus", "local _ = (('a'):rep(3000)):find('.-.-.-.-.-b') == nil"},
        Case{"BacktracksInGsub", "local _ = (('a'):rep(3000)):gsub('a-a-a-a-b', '') == ''"},
        Case{"BacktracksInGmatch", "for _ in (('a'):rep(3000)):gmatch('a*a*a*a*b') do end"},
        Case{"BalancesForEver", "local s = ('('):rep(1e6) local _ = s:match('%b()') == nil and s:find('%b()') == nil"},
        Case{"GrowsInGsub", "local s = 'aaaaaaaaaa' while true do s = s:gsub('a', 'aaaaaaaaaa') end"},
        Case{"SetsThatAreLong",
             "local _ = ('a'):rep(1e6):find('[' .. ('b'):rep(4000) .. ']x') == nil and "
             "('a'):rep(1e6):find('[' .. ('b'):rep(4000) .. ']x') == nil"},
        Case{"SearchesForEver",
             "local s, w = ('a'):rep(4e6), ('a'):rep(2e6) .. 'b' while true do s:find(w, 1, true) end"},
        Case{"SortsForEver", "local t = {} for i = 1, 3e5 do t[i] = i % 7 end while true do table.sort(t) end"},
        Case{"SortsBadly",
             "local t = {} for i = 1, 1e5 do t[i] = i end while true do "
             "pcall(table.sort, t, function() return true end) end"},
        Case{"InsertsInFront", "local t = {} while true do table.insert(t, 1, 1) end"},
        Case{"ConcatenatesForEver", "local t = {} for i = 1, 1e5 do t[i] = '' end while true do table.concat(t) end"},
        Case{"ReadsLongText", "local s = ('x'):rep(4e6) while true do utf8.len(s) end"},
        Case{"ReadsLongNumbers", "local s = ('1'):rep(4e6) while true do tonumber(s) end"},
        Case{"CountsForEver", "while true do string.format('%s', ('x'):rep(1e5)) end"},
        Case{"LogsForEver", "while true do log(('x'):rep(1e5)) end"}),
    name_of);

TEST(SandboxLimits, EndlessRecursionIsAnOrdinaryFailure) {
  const Sandbox sandbox;
  for (const char* body : {"local function f() return 1 + f() end return f()",
                           "local function f() pcall(f) end f() "
                           "return string.rep('x', -1)() "}) {
    EXPECT_FALSE(sandbox.run(body)) << body;
  }
}

TEST(SandboxLimits, EachCanBeSet) {
  const std::string counts = "local n = 0 for i = 1, 10000 do n = n + i end return true";
  Sandbox sandbox;
  EXPECT_TRUE(sandbox.run(counts));
  sandbox.limits.instructions = 5000;
  EXPECT_EQ(sandbox.run(counts).error().code, Errc::too_large);
  EXPECT_EQ(sandbox.run(counts).error().message, "all.lua:3: it ran more than 5000 instructions (hooks.instructions)");
  sandbox.limits = {};
  const std::string eats = "local s = ('x'):rep(1e6) return true";
  EXPECT_TRUE(sandbox.run(eats));
  sandbox.limits.memory_bytes = 500'000;
  EXPECT_EQ(sandbox.run(eats).error().message, "all.lua: it needs more memory than 500000 bytes (hooks.memory_bytes)");
  sandbox.limits.memory_bytes = 1000;
  EXPECT_EQ(sandbox.run(eats).error().code, Errc::invalid) << "not even the script itself could be loaded";
  sandbox.limits = {.instructions = INT64_MAX / 4, .time = std::chrono::milliseconds{30}};
  EXPECT_EQ(sandbox.run("while true do end").error().message, "all.lua:3: it ran longer than 30 ms (hooks.time_ms)");
}

TEST(SandboxLimits, TheMainPartIsBoundToo) {
  const Sandbox sandbox;
  EXPECT_NE(sandbox.run("return true", "while true do end").error().message.find("(hooks.instructions)"),
            std::string::npos);
}

TEST(SandboxEscape, WhatReachesOutsideIsNotThere) {
  const Sandbox sandbox;
  for (const char* name : {"io",           "debug",         "package",      "require",        "load",
                           "loadstring",   "loadfile",      "dofile",       "collectgarbage", "coroutine",
                           "setmetatable", "getmetatable",  "rawget",       "rawset",         "rawequal",
                           "rawlen",       "xpcall",        "print",        "warn",           "_G",
                           "emit",         "os.execute",    "os.getenv",    "os.exit",        "os.remove",
                           "os.rename",    "os.tmpname",    "os.setlocale", "os.clock",       "string.dump",
                           "string.pack",  "string.unpack", "('x').dump",   "math.random",    "math.randomseed",
                           "table.move",   "request.key",   "webhook.key",  "webhook.keys"}) {
    EXPECT_EQ(sandbox.value(name), "nil") << name;
  }
}

TEST(SandboxEscape, CompiledCodeIsRefused) {
  const SystemClock clock;
  const Script script("all.lua", std::string("\x1bLua\x54\x00\x19\x93\r\n\x1a\n", 12), {}, clock);
  ASSERT_TRUE(script.problem());
  EXPECT_NE(script.problem()->find("attempt to load a binary chunk"), std::string::npos) << *script.problem();
}

TEST(SandboxEscape, NothingSurvivesARun) {
  const SystemClock clock;
  const Script script(
      "all.lua",
      "count = (count or 0) + 1\n"
      "function incoming_webhook_validation()\n"
      "  local seen = tostring(kept) .. tostring(string.kept) .. tostring(('').kept) .. tostring(math.kept) .. count\n"
      "  kept = 1; string.kept = 1; math.kept = 1; table.kept = 1; string.rep = nil\n"
      "  return false, seen\n"
      "end\n",
      {}, clock);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(script.validate({"{}", "{}", "{}", {}})->reason, "nilnilnilnil1");
}

TEST(SandboxFailure, WhateverIsThrownIsToldInOneLine) {
  const Sandbox sandbox;
  const std::vector<std::pair<std::string, std::string>> cases{
      {"error('no such plan')", "all.lua:3: no such plan"},
      {"error('first\\nsecond\\27[31m')", "all.lua:3: first second [31m"},
      {"error({code = 1})", "all.lua: it threw a table instead of a text; error(\"…\") takes a text"},
      {"error(nil)", "all.lua: it threw a nil instead of a text; error(\"…\") takes a text"},
      {"error()", "all.lua: it threw a nil instead of a text; error(\"…\") takes a text"},
      {"error(print)", "all.lua: it threw a nil instead of a text; error(\"…\") takes a text"},
      {"error(error)", "all.lua: it threw a function instead of a text; error(\"…\") takes a text"},
      {"error(42)", "all.lua: it threw a number instead of a text; error(\"…\") takes a text"},
      {"return data.a.b", "all.lua:3: attempt to index a nil value (field 'a')"},
      {"nothing()", "all.lua:3: attempt to call a nil value (global 'nothing')"},
      {"return ip_in('192.0.2.7', '192.0.2.0/33')", "all.lua:3: '192.0.2.0/33' is no IP address or network"},
      {"return os.date('%c')",
       "all.lua:3: bad argument #1 to 'date' (may hold %a %A %b %B %d %F %H %I %j %m %M %p %S %T %u "
       "%w %y %Y %Z %% only)"},
  };
  for (const auto& [body, message] : cases) {
    const auto verdict = sandbox.run(body);
    ASSERT_FALSE(verdict) << body;
    EXPECT_EQ(verdict.error().message, message) << body;
    EXPECT_EQ(verdict.error().code, Errc::invalid) << body;
  }
  EXPECT_LT(sandbox.run("error(('x'):rep(1e6))").error().message.size(), 600U);
}

TEST(SandboxFailure, OrdinaryErrorsCanBeCaught) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.value("pcall(error, 'x')"), "false");
  EXPECT_EQ(sandbox.value("select('#', pcall(function(...) return ... end, 1, nil, 3))"), "4");
}

// Expected values: what Lua 5.4 itself answers, made with the lua5.4 program.
TEST(SandboxLibrary, PatternsAreLuas) {
  const Sandbox sandbox;
  const std::vector<std::pair<std::string, std::string>> cases{
      {"('hello world'):find('wor')", "7"},
      {"('hello world'):find('o', 6)", "8"},
      {"select(2, ('hello world'):find('l+'))", "4"},
      {"('a.b'):find('.', 1, true)", "2"},
      {"('a.b'):find('%.')", "2"},
      {"('abc'):find('')", "1"},
      {"('abc'):find('', 4)", "4"},
      {"('abc'):find('', 5)", "nil"},
      {"('abc'):find('b', -1)", "nil"},
      {"('abc'):find('b', -2)", "2"},
      {"('abc'):find('b', -10)", "2"},
      {"('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key"},
      {"select(2, ('key = value'):match('^(%w+)%s*=%s*(%w+)$'))", "value"},
      {"('2026-11-25'):match('^%d%d%d%d%-%d%d%-%d%d$')", "2026-11-25"},
      {"('ada@example.com'):match('@(.+)$')", "example.com"},
      {"('hello'):match('.-(l+)')", "ll"},
      {"('  x '):match('^%s*(.-)%s*$')", "x"},
      {"('hello'):match('()ll()')", "3"},
      {"select(2, ('hello'):match('()ll()'))", "5"},
      {"('THE (quick) fox'):find('%((%a+)%)')", "5"},
      {"('f(a(b)c)d'):match('%b()')", "(a(b)c)"},
      {"('THE (quick) fox'):match('%f[%a]%a+', 6)", "quick"},
      {"('aXb'):match('%u')", "X"},
      {"('a]b'):match('[]]')", "]"},
      {"('a-b'):match('[a%-]+')", "a-"},
      {"('a^b'):match('[b^]+')", "^b"},
      {"('x=1, y=2'):gsub('(%w+)=(%w+)', '%2=%1')", "1=x, 2=y"},
      {"select(2, ('x=1, y=2'):gsub('(%w+)=(%w+)', '%2=%1'))", "2"},
      {"('hello'):gsub('', '-')", "-h-e-l-l-o-"},
      {"('hello'):gsub('l', {l = 'L'})", "heLLo"},
      {"('hello'):gsub('.', {l = false})", "hello"},
      {"('hello'):gsub('l', function(c) return c:upper() end, 1)", "heLlo"},
      {"('abc'):gsub('%w', '%0%0')", "aabbcc"},
      {"('abc'):gsub('%w', '%%%1')", "%a%b%c"},
      {"('abc abc'):gsub('^abc', 'x')", "x abc"},
      {"('hello'):gsub('()', '%1')", "1h2e3l4l5o6"},
      {"('\"a\" \\'b\\''):match('([\"\\'])(.-)%1')", "\""},
      {"('a,b,,c'):gsub(',', ';')", "a;b;;c"},
      {"(function() local s = '' for k, v in ('a=1, b=2'):gmatch('(%w)=(%w)') do s = s .. k .. v end return s end)()",
       "a1b2"},
      {"(function() local s = '' for w in ('one two'):gmatch('%a*') do s = s .. '<' .. w .. '>' end return s end)()",
       "<one><two>"},
      {"('a'):rep(3, '-')", "a-a-a"},
      {"('a'):rep(0)", ""},
      {"('a'):rep(-1)", ""},
      {"(''):rep(5)", ""},
      {"table.concat({1, 2, 'x'}, ', ')", "1, 2, x"},
      {"table.concat({}, ', ')", ""},
      {"table.concat({'a', 'b', 'c'}, '', 2, 3)", "bc"},
      {"(function() local t = {3, 1, 2} table.sort(t) return table.concat(t) end)()", "123"},
      {"(function() local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return table.concat(t) end)()",
       "321"},
      {"(function() local t = {1, 2, 3} table.insert(t, 1, 0) table.insert(t, 4) return table.concat(t) end)()",
       "01234"},
      {"(function() local t = {1, 2, 3} return table.remove(t, 1) .. table.remove(t) .. #t end)()", "131"},
      {"tostring(table.remove({}))", "nil"},
      {"select('#', table.unpack({1, 2, 3}))", "3"},
      {"string.format('%5.1f|%-4s|%03d|%x', 3.14159, 'ab', 7, 255)", "  3.1|ab  |007|ff"},
      {"math.floor(3.7)", "3"},
      {"math.type(1)", "integer"},
      {"utf8.len('h\xc3\xa9')", "2"},
      {"#utf8.char(233)", "2"},
      {"ip_in('192.0.2.7', '198.51.100.0/24', '192.0.2.0/24')", "true"},
      {"ip_in('2001:db8::1', '2001:db8::/32')", "true"},
      {"ip_in('203.0.113.1', '192.0.2.0/24')", "false"},
      {"ip_in('nonsense', '192.0.2.0/24')", "false"},
      {"os.date('%Y-%m-%d %H:%M', 0)", "1970-01-01 00:00"},
      {"os.date(nil, 86400)", "1970-01-02T00:00:00Z"},
      {"os.time() > 1700000000", "true"},
      {"type(next) .. type(pairs) .. type(tonumber('12'))", "functionfunctionnumber"},
  };
  for (const auto& [expression, value] : cases) EXPECT_EQ(sandbox.value(expression), value) << expression;
}

TEST(SandboxLibrary, MalformedPatternsAreTold) {
  const Sandbox sandbox;
  for (const char* pattern : {"[a", "[a%", "%", "(a", "a)", "%b", "%bx", "%f", "%1", "(a)%2", "[^", "[]", "%fa"}) {
    EXPECT_NE(sandbox.value("('aa'):match('" + std::string(pattern) + "')").find("error: all.lua:"), std::string::npos)
        << pattern;
  }
}

}  // namespace
}  // namespace postern

#include "chipchain/model/rank.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace chipchain {

namespace {

using K = RankKey;
using R = RankKind;

constexpr RankKeyInfo kTable[] = {
    {"priority", K::priority, R::fixed, 0, {0, 0}, "-priority", "SMT2020 rank_HP: highest lot priority first"},
    {"setup",
     K::setup,
     R::per_tool,
     0,
     {0, 0},
     "setup time on the tool that chooses",
     "SMT2020 rank_RSETUP: least setup first"},
    {"fifo", K::fifo, R::fixed, 0, {0, 0}, "arrival at the queue", "SMT2020 rank_FIFO"},
    {"lifo", K::lifo, R::fixed, 0, {0, 0}, "-arrival at the queue", "Pinedo, Scheduling, ch. 14"},
    {"cr", K::cr, R::dynamic, 0, {0, 0}, "(due - now) / remaining", "SMT2020 rank_CR: critical ratio"},
    {"edd", K::edd, R::fixed, 0, {0, 0}, "due", "Jackson 1955"},
    {"odd",
     K::odd,
     R::fixed,
     0,
     {0, 0},
     "release + (due - release) * raw time done / raw time of the route",
     "Rose 2003: operation due date"},
    {"mdd", K::mdd, R::dynamic, 0, {0, 0}, "max(due, now + remaining)", "Baker & Bertrand 1982: modified due date"},
    {"spt", K::spt, R::fixed, 0, {0, 0}, "process time of the step", "Smith 1956"},
    {"lpt", K::lpt, R::fixed, 0, {0, 0}, "-process time of the step", "Graham 1969"},
    {"srpt", K::srpt, R::fixed, 0, {0, 0}, "remaining", "Schrage 1968"},
    {"lrpt", K::lrpt, R::fixed, 0, {0, 0}, "-remaining", "Pinedo, Scheduling, ch. 14"},
    {"slack", K::slack, R::fixed, 0, {0, 0}, "due - now - remaining", "Pinedo, Scheduling, ch. 14"},
    {"slack_step",
     K::slack_step,
     R::dynamic,
     0,
     {0, 0},
     "(due - now - remaining) / remaining steps",
     "Conway 1965: slack per remaining operation"},
    {"atc",
     K::atc,
     R::dynamic,
     1,
     {2, 0},
     "-(priority / p) exp(-max(0, due - now - p') / (k mean p))",
     "Vepsalainen & Morton 1987: apparent tardiness cost"},
    {"atcs", K::atcs, R::dynamic, 2, {2, 0.5}, "atc * exp(-setup / (k2 mean setup))", "Lee, Bhaskaran & Pinedo 1997"},
    {"fsvct",
     K::fsvct,
     R::fixed,
     0,
     {0, 0},
     "release - remaining cycle time",
     "Lu, Ramaswamy & Kumar 1994: least slack, variance of cycle time"},
    {"fsmct",
     K::fsmct,
     R::fixed,
     0,
     {0, 0},
     "serial / rate - remaining cycle time",
     "Lu, Ramaswamy & Kumar 1994: least slack, mean cycle time"},
    {"winq",
     K::winq,
     R::dynamic,
     0,
     {0, 0},
     "work waiting at the next step's tool group, per tool",
     "Conway 1965: work in next queue"},
    {"line_balance",
     K::line_balance,
     R::dynamic,
     0,
     {0, 0},
     "WIP of the next step - WIP of this step",
     "starvation avoidance between neighbouring steps"},
    {"queue_time",
     K::queue_time,
     R::fixed,
     0,
     {0, 0},
     "time left in the tightest open queue-time window",
     "Kopp et al. 2020: queue-time critical ranking"},
    {"random", K::random, R::fixed, 0, {0, 0}, "a keyed random number of the visit", "reference for comparisons"},
    {"serial", K::serial, R::fixed, 0, {0, 0}, "serial number of the lot", "order of entering the line"},
};

constexpr std::string_view kExpected = "expected rank keys with commas between them, as in \"priority, setup, fifo\"";

// A rank expression while it is read.
struct Parser {
    std::string_view text;
    Span where;
    size_t at = 0;
    Diagnostics diagnostics = {};

    void skip_blanks() {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    }
    [[nodiscard]] bool next_is(char c) const { return at < text.size() && text[at] == c; }
    bool take(char c) {
        skip_blanks();
        if (!next_is(c)) return false;
        ++at;
        return true;
    }
    // Reports a mistake at [from, to) of the text. The value's span covers the quotes of a TOML text.
    void fail(std::string id, std::string message, size_t from, size_t to, std::string help = {}) {
        Diagnostic d;
        d.id = std::move(id);
        d.message = std::move(message);
        d.span = where;
        if (where.line != 0 && where.length >= text.size()) {
            const size_t quote = where.length >= text.size() + 2 ? 1 : 0;
            d.span.column += static_cast<uint32_t>(from + quote);
            d.span.length = static_cast<uint32_t>(std::max<size_t>(to - from, 1));
        }
        d.expected = kExpected;
        d.help = std::move(help);
        diagnostics.push_back(std::move(d));
    }
};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

const RankKeyInfo* find_key(std::string_view name) {
    for (const RankKeyInfo& info : kTable) {
        if (info.name == name) return &info;
    }
    return nullptr;
}

// what stands at the parser's place, for a message
std::string seen(const Parser& p) {
    if (p.at >= p.text.size()) return "the end";
    const auto c = static_cast<unsigned char>(p.text[p.at]);
    return c >= 0x20 && c < 0x7f ? fmt::format("'{}'", p.text[p.at]) : fmt::format("byte 0x{:02x}", c);
}

// One number of a parameter list; false after a mistake.
bool parse_number(Parser& p, double& out) {
    p.skip_blanks();
    const char* begin = p.text.data() + p.at;
    const char* end = p.text.data() + p.text.size();
    const auto result = std::from_chars(begin, end, out);
    if (result.ec != std::errc() || !std::isfinite(out) || out <= 0 || out > 1e6) {
        const auto used = static_cast<size_t>(result.ptr - begin);
        p.fail(
            "invalid-rank",
            fmt::format("a parameter above 0 and at most 1,000,000 is expected, not {}", seen(p)),
            p.at,
            p.at + std::max<size_t>(used, 1));
        return false;
    }
    p.at += static_cast<size_t>(result.ptr - begin);
    return true;
}

// "(" number { "," number } ")" behind a key; false after a mistake.
bool parse_parameters(Parser& p, const RankKeyInfo& info, RankTerm& term, size_t key_at) {
    size_t count = 0;
    do {
        double value = 0;
        if (!parse_number(p, value)) return false;
        if (count < 2) term.parameter[count] = value;
        ++count;
    } while (p.take(','));
    if (!p.take(')')) {
        p.fail(
            "invalid-rank",
            fmt::format("the parameters of '{}' are not closed: ')' is expected, not {}", info.name, seen(p)),
            p.at,
            p.at + 1);
        return false;
    }
    if (count > info.parameters) {
        p.fail(
            "invalid-rank",
            fmt::format("rank key '{}' takes {} parameters, not {}", info.name, info.parameters, count),
            key_at,
            p.at);
        return false;
    }
    return true;
}

// One key with its sign and parameters; false after a mistake.
bool parse_term(Parser& p, std::vector<RankTerm>& terms) {
    RankTerm term;
    term.reversed = p.take('-');
    p.skip_blanks();
    const size_t from = p.at;
    while (p.at < p.text.size() && is_word(p.text[p.at])) ++p.at;
    const std::string_view name = p.text.substr(from, p.at - from);
    if (name.empty()) {
        p.fail("invalid-rank", fmt::format("a rank key is expected, not {}", seen(p)), from, from + 1);
        return false;
    }
    const RankKeyInfo* info = find_key(name);
    if (info == nullptr) {
        std::vector<std::string> names;
        for (const RankKeyInfo& row : kTable) names.emplace_back(row.name);
        const std::string near = nearest_name(name, names);
        p.fail(
            "unknown-rank-key",
            fmt::format("there is no rank key '{}'", name),
            from,
            p.at,
            near.empty() ? std::string() : fmt::format("did you mean '{}'?", near));
        // go on behind its parameters, so that further mistakes are told as well
        if (p.take('(')) p.at = std::min(p.text.find(')', p.at), p.text.size() - 1) + 1;
        return true;
    }
    term.key = info->key;
    term.parameter[0] = info->defaults[0];
    term.parameter[1] = info->defaults[1];
    if (p.take('(') && !parse_parameters(p, *info, term, from)) return false;
    const auto same = [&](const RankTerm& t) { return t.key == term.key; };
    if (std::any_of(terms.begin(), terms.end(), same)) {
        p.fail("invalid-rank", fmt::format("rank key '{}' stands twice", name), from, from + name.size());
    } else {
        terms.push_back(term);
    }
    return true;
}

}  // namespace

std::span<const RankKeyInfo> rank_table() { return kTable; }

void finish_rank(RankRule& rule) {
    constexpr K kOrder[] = {K::priority, K::setup, K::fifo};
    rule.has_setup = false;
    rule.dynamic = false;
    rule.fifo_like = true;
    size_t reached = 0;
    for (const RankTerm& term : rule.terms) {
        const RankKeyInfo& info = kTable[static_cast<size_t>(term.key)];
        rule.has_setup = rule.has_setup || term.key == K::setup || term.key == K::atcs;
        rule.dynamic = rule.dynamic || info.kind == R::dynamic;
        while (reached < 3 && kOrder[reached] != term.key) ++reached;
        rule.fifo_like = rule.fifo_like && reached < 3 && !term.reversed;
        ++reached;
    }
}

Result<RankRule> parse_rank(std::string_view text, Span where) {
    Parser p{text, where};
    RankRule rule;
    bool readable = true;
    do {
        readable = parse_term(p, rule.terms);
    } while (readable && p.take(','));
    if (rule.terms.size() > kMostRankKeys) {
        p.fail(
            "invalid-rank",
            fmt::format("{} rank keys are more than the {} that a rule may have", rule.terms.size(), kMostRankKeys),
            0,
            text.size());
    }
    p.skip_blanks();
    if (readable && p.at < text.size()) {
        p.fail("invalid-rank", fmt::format("',' or the end is expected, not {}", seen(p)), p.at, p.at + 1);
    }
    if (!p.diagnostics.empty()) return tl::unexpected(std::move(p.diagnostics));
    finish_rank(rule);
    return rule;
}

}  // namespace chipchain

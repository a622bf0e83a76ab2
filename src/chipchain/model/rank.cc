#include "chipchain/model/rank.h"

#include <cctype>
#include <charconv>
#include <string>

#include <fmt/format.h>

namespace chipchain {

namespace {

using K = RankKind;
constexpr RankKeyInfo kTable[] = {
    {"priority", RankKey::priority, K::fixed, 0, {0, 0}, "-priority of the lot", "general"},
    {"setup", RankKey::setup, K::per_tool, 0, {0, 0}, "setup time on the tool that chooses", "AutoSched rank_RSETUP"},
    {"fifo", RankKey::fifo, K::fixed, 0, {0, 0}, "arrival at the queue", "general"},
    {"lifo", RankKey::lifo, K::fixed, 0, {0, 0}, "-arrival at the queue", "general"},
    {"cr", RankKey::cr, K::dynamic, 0, {0, 0}, "(due - now) / R", "Pinedo, Scheduling, 14.2"},
    {"edd", RankKey::edd, K::fixed, 0, {0, 0}, "due", "Jackson 1955"},
    {"odd", RankKey::odd, K::fixed, 0, {0, 0}, "release + (due - release) * share of raw time done after this step",
     "Rose, WSC 2003 (operation due dates)"},
    {"mdd", RankKey::mdd, K::dynamic, 0, {0, 0}, "max(due, now + R)", "Baker & Bertrand 1982"},
    {"spt", RankKey::spt, K::fixed, 0, {0, 0}, "expected process time p of this step", "Smith 1956"},
    {"lpt", RankKey::lpt, K::fixed, 0, {0, 0}, "-p", "Graham 1969"},
    {"srpt", RankKey::srpt, K::fixed, 0, {0, 0}, "remaining expected time R", "Schrage 1968"},
    {"lrpt", RankKey::lrpt, K::fixed, 0, {0, 0}, "-R", "general"},
    {"slack", RankKey::slack, K::fixed, 0, {0, 0}, "due - now - R", "Conway, Maxwell, Miller 1967"},
    {"slack_step", RankKey::slack_step, K::dynamic, 0, {0, 0}, "(due - now - R) / remaining steps",
     "Conway, Maxwell, Miller 1967"},
    {"atc", RankKey::atc, K::dynamic, 1, {2, 0}, "-(w/p) exp(-max(0, due - now - R)/(k P))", "Vepsalainen & Morton 1987"},
    {"atcs", RankKey::atcs, K::dynamic, 2, {2, 0.5}, "atc * exp(-setup/(k2 S))", "Lee, Bhaskaran & Pinedo 1997"},
    {"fsvct", RankKey::fsvct, K::fixed, 0, {0, 0}, "release - expected remaining cycle time", "Lu, Ramaswamy & Kumar 1994"},
    {"fsmct", RankKey::fsmct, K::fixed, 0, {0, 0}, "number / rate - expected remaining cycle time",
     "Lu, Ramaswamy & Kumar 1994"},
    {"winq", RankKey::winq, K::dynamic, 0, {0, 0}, "work waiting at the next tool group, per tool",
     "Conway, Maxwell, Miller 1967"},
    {"line_balance", RankKey::line_balance, K::dynamic, 0, {0, 0}, "WIP of the next step - WIP of this step", "general"},
    {"queue_time", RankKey::queue_time, K::fixed, 0, {0, 0}, "end of the tightest open queue-time window closed here",
     "Kopp et al., WSC 2020 (QTCR)"},
    {"random", RankKey::random, K::fixed, 0, {0, 0}, "keyed random number of the visit", "general"},
    {"serial", RankKey::serial, K::fixed, 0, {0, 0}, "serial number of the lot", "general"},
};

struct Cursor {
    std::string_view text;
    size_t at = 0;
    void skip() {
        while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
    }
    bool take(char c) {
        skip();
        if (at >= text.size() || text[at] != c) return false;
        ++at;
        return true;
    }
    std::string_view word() {
        skip();
        const size_t begin = at;
        while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) ++at;
        return text.substr(begin, at - begin);
    }
    bool number(double& out) {
        skip();
        const auto result = std::from_chars(text.data() + at, text.data() + text.size(), out);
        if (result.ec != std::errc() || !(out > 0) || out > 1e9) return false;
        at = static_cast<size_t>(result.ptr - text.data());
        return true;
    }
};

Diagnostic at(const Cursor& cursor, size_t begin, Span where, std::string id, std::string message, std::string expected,
              std::string help) {
    Span span = where;
    if (span.line > 0) {
        span.column += static_cast<uint32_t>(begin);
        span.length = static_cast<uint32_t>(cursor.at > begin ? cursor.at - begin : 1);
    }
    return {Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help)};
}

const RankKeyInfo* find_key(std::string_view name) {
    for (const RankKeyInfo& info : kTable) {
        if (info.name == name) return &info;
    }
    return nullptr;
}

bool parse_parameters(Cursor& cursor, const RankKeyInfo& info, RankTerm& term) {
    term.parameter[0] = info.defaults[0];
    term.parameter[1] = info.defaults[1];
    if (!cursor.take('(')) return true;
    for (uint8_t i = 0; i < info.parameters; ++i) {
        if (i > 0 && !cursor.take(',')) break;
        if (!cursor.number(term.parameter[i])) return false;
    }
    return info.parameters > 0 && cursor.take(')');
}

void summarise(RankRule& rule) {
    for (const RankTerm& term : rule.terms) {
        const RankKind kind = find_key(rank_table()[static_cast<size_t>(term.key)].name)->kind;
        rule.has_setup = rule.has_setup || term.key == RankKey::setup || term.key == RankKey::atcs;
        rule.dynamic = rule.dynamic || kind == RankKind::dynamic;
    }
}

}  // namespace

std::span<const RankKeyInfo> rank_table() { return kTable; }

Result<RankRule> parse_rank(std::string_view text, Span where) {
    RankRule rule;
    Diagnostics errors;
    Cursor cursor{text};
    std::vector<std::string> names;
    for (const RankKeyInfo& info : kTable) names.emplace_back(info.name);
    do {
        RankTerm term;
        term.reversed = cursor.take('-');
        cursor.skip();
        const size_t begin = cursor.at;
        const std::string name(cursor.word());
        const RankKeyInfo* info = find_key(name);
        if (info == nullptr) {
            const bool blank = name.empty();
            const std::string near = blank ? "" : nearest_name(name, names);
            errors.push_back(at(cursor, begin, where, blank ? "invalid-rank" : "unknown-rank-key",
                                blank ? fmt::format("rank '{}' lacks a key", text)
                                      : fmt::format("rank '{}' uses key '{}', which does not exist", text, name),
                                "expected a rank key", near.empty() ? "docs/reference.md lists the keys" : "did you mean '" + near + "'?"));
            if (blank) return tl::make_unexpected(errors);
            if (cursor.take('(')) {
                while (cursor.at < text.size() && !cursor.take(')')) ++cursor.at;
            }
            continue;
        }
        term.key = info->key;
        if (!parse_parameters(cursor, *info, term)) {
            errors.push_back(at(cursor, begin, where, "invalid-rank", fmt::format("key '{}' in rank '{}' has bad parameters", name, text),
                                fmt::format("expected {} positive numbers in parentheses", info->parameters), ""));
            return tl::make_unexpected(errors);
        }
        rule.terms.push_back(term);
    } while (cursor.take(','));
    cursor.skip();
    if (errors.empty() && cursor.at != text.size()) {
        const size_t begin = cursor.at;
        cursor.at = text.size();
        errors.push_back(at(cursor, begin, where, "invalid-rank", fmt::format("rank '{}' cannot be read to its end", text),
                            "expected ',' or the end", "separate keys by commas"));
    }
    if (errors.empty() && rule.terms.size() > 7) {
        errors.push_back(at(cursor, 0, where, "invalid-rank", fmt::format("rank '{}' has more than 7 keys", text), "at most 7 keys", ""));
    }
    if (!errors.empty()) return tl::make_unexpected(errors);
    summarise(rule);
    return rule;
}

}  // namespace chipchain

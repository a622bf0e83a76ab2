#include "chipchain/spec/smt2020_losses.h"

#include <fmt/core.h>

namespace chipchain {

void Smt2020Losses::report(std::string id, Loss loss, std::string what, Span span, std::string instead) {
    const auto [at, added] = index_.try_emplace({id, what}, entries_.size());
    if (!added) {
        ++entries_[at->second].rows;
        return;
    }
    // a row made by a program has no place
    if (span.line == 0) span.file = UINT32_MAX;
    entries_.push_back({loss, {Severity::warning, std::move(id), std::move(what), span, "", std::move(instead)}});
}

Diagnostics Smt2020Losses::list(bool errors) const {
    Diagnostics out;
    for (const Entry& entry : entries_) {
        if (is_error(entry.loss) != errors) continue;
        Diagnostic& d = out.emplace_back(entry.diagnostic);
        if (entry.rows > 1) d.message += fmt::format(" ({} times)", entry.rows);
        if (!errors) continue;
        d.severity = Severity::error;
        if (entry.loss == Loss::changes) d.help = "with --lossy: " + d.help;
    }
    return out;
}

}  // namespace chipchain

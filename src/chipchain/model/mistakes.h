// For tests of what compile() refuses: one change of a valid spec each, and the one diagnostic that it must give.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "chipchain/model/compile.h"
#include "chipchain/model/testspec.h"
#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain::testing {

struct Mistake {
    const char* id;
    Severity severity;
    std::function<void(Spec&)> make;
};

inline constexpr Severity kError = Severity::error;
inline constexpr Severity kWarning = Severity::warning;

// Expects of each mistake in three_steps() its diagnostic and nothing else.
inline void expect_mistakes(const std::vector<Mistake>& mistakes) {
    for (const Mistake& mistake : mistakes) {
        SCOPED_TRACE(mistake.id);
        Spec spec = three_steps();
        mistake.make(spec);
        Diagnostics found;
        const Result<Model> model = compile(spec, found);
        EXPECT_EQ(static_cast<bool>(model), mistake.severity == kWarning);
        if (!model) found = model.error();
        std::string ids;
        for (const Diagnostic& d : found) {
            ids += d.id + " (" + d.message + ") ";
            EXPECT_NE(find_diagnostic(d.id), nullptr) << d.id;
        }
        EXPECT_EQ(found.size(), 1U) << ids;
        if (found.empty()) continue;
        EXPECT_EQ(found.front().id, mistake.id) << ids;
        EXPECT_EQ(found.front().severity, mistake.severity);
    }
}

}  // namespace chipchain::testing

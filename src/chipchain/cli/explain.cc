#include <fmt/format.h>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/spec/diagnostic_ids.h"

namespace chipchain {

int explain_verb(const ExplainChoices& c) {
    fmt::print("{}", explain(c.what));
    return find_diagnostic(c.what) != nullptr ? kExitGood : kExitMistake;
}

}  // namespace chipchain

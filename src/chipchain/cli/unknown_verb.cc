#include "chipchain/cli/unknown_verb.h"

#include <algorithm>

#include <fmt/format.h>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

std::string unknown_verb(const CLI::App& app, int argc, const char* const* argv) {
    const CLI::App* at = &app;
    for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
        const std::vector<const CLI::App*> verbs = at->get_subcommands([](const CLI::App*) { return true; });
        if (verbs.empty()) return {};
        std::vector<std::string> names;
        for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
        const auto found = std::find(names.begin(), names.end(), argv[i]);
        if (found == names.end()) {
            const std::string near = nearest_name(argv[i], names);
            return fmt::format(
                "error: {} has no verb '{}'\nhelp: {}\n",
                at->get_name(),
                argv[i],
                near.empty() ? fmt::format("the verbs are {}", fmt::join(names, ", "))
                             : fmt::format("did you mean '{}'?", near));
        }
        at = verbs[static_cast<size_t>(found - names.begin())];
    }
    return {};
}

}  // namespace chipchain

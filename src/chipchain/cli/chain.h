// The verbs on scenarios: plan, run, risk, compare, explain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chipchain {

struct ChainChoices {
    std::string verb = "run";  // as it stands in the command that makes the results again
    std::string scenario = "ai5-chain";
    std::vector<std::string> overlays;  // names of variants or files, applied in order
    uint64_t seed = 1;
    uint32_t replications = 0;  // 0: the scenario's
    uint32_t threads = 0;
    uint32_t rounds = 4;
    bool plan_only = false;
    bool by_priority = false;
    bool all = false;    // every row on the page
    bool quiet = false;  // no page
    std::string solver = "automatic";
    std::string json;    // file, or "-" for stdout instead of the page
    std::string csv;     // folder
    std::string sqlite;  // file; empty: out/<scenario>.sqlite
    bool no_sqlite = false;
    std::string html;  // file; empty: out/<scenario>.html
    bool no_html = false;
    double most_line_lots = 20'000;  // own lines with more lots run by lead times only
    bool resume = false;             // keep the replications of the samples file
};

int run_chain_verb(const ChainChoices& choices);
int risk_verb(const ChainChoices& choices);
int compare_chains_verb(const ChainChoices& first, const ChainChoices& second);
// words: PROGRAMME [QUARTER]
int explain_chain_late(const ChainChoices& choices, const std::string& programme, const std::string& quarter);
// supply: upstream of the deliveries of a programme; else downstream of the starts of an activity. quarter: "2027-Q2",
// empty: all.
int explain_chain_pegging(
    const ChainChoices& choices,
    bool supply,
    const std::string& name,
    const std::string& quarter);

}  // namespace chipchain

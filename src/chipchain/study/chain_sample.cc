#include "chipchain/study/chain_sample.h"

#include <nlohmann/json.hpp>

namespace chipchain {

namespace {

using Json = nlohmann::json;

Counts running(const Counts& counts) {
    Counts out = counts;
    for (size_t t = 1; t < out.size(); ++t) out[t] += out[t - 1];
    return out;
}

}  // namespace

double ChainSample::cost() const {
    double sum = 0;
    for (size_t k = 0; k < kChainMoney; ++k) {
        if (k != static_cast<size_t>(ChainMoney::value)) sum += money[k];
    }
    return sum;
}

ChainSample sample_of(const ChainResult& result) {
    ChainSample out;
    out.replication = result.replication;
    out.fingerprint = result.fingerprint;
    for (const ProgrammeResult& p : result.programmes) {
        out.delivered.push_back(running(p.delivered));
        out.due.push_back(running(p.due));
    }
    for (const NodeResult& n : result.nodes) out.stock.push_back(n.stock);
    out.milestones = result.milestones;
    out.factors = result.factors;
    out.outages = static_cast<int64_t>(result.outages.size());
    for (size_t k = 0; k < kChainMoney; ++k) {
        for (const MicroUsd usd : result.money[k]) out.money[k] += static_cast<double>(usd) * 1e-6;
    }
    for (size_t a = 0; a < result.activities.size(); ++a) {
        const ActivityResult& activity = result.activities[a];
        int64_t starts = 0;
        int64_t outputs = 0;
        for (const int64_t n : activity.starts) starts += n;
        for (const int64_t n : activity.outputs) outputs += n;
        out.lead_d.push_back(
            activity.lots_ended == 0
                ? 0
                : static_cast<double>(activity.lead_days) / static_cast<double>(activity.lots_ended));
        out.starts.push_back(starts);
        out.outputs.push_back(outputs);
    }
    return out;
}

std::string sample_text(const ChainSample& s) {
    const Json json = {
        {"replication", s.replication},
        {"fingerprint", s.fingerprint},
        {"delivered", s.delivered},
        {"due", s.due},
        {"stock", s.stock},
        {"milestones", s.milestones},
        {"money", s.money},
        {"factors", s.factors},
        {"lead_d", s.lead_d},
        {"starts", s.starts},
        {"outputs", s.outputs},
        {"outages", s.outages}};
    return json.dump();
}

Result<ChainSample> read_sample(std::string_view text) {
    ChainSample s;
    try {
        const Json json = Json::parse(text);
        json.at("replication").get_to(s.replication);
        json.at("fingerprint").get_to(s.fingerprint);
        json.at("delivered").get_to(s.delivered);
        json.at("due").get_to(s.due);
        json.at("stock").get_to(s.stock);
        json.at("milestones").get_to(s.milestones);
        json.at("money").get_to(s.money);
        json.at("factors").get_to(s.factors);
        json.at("lead_d").get_to(s.lead_d);
        json.at("starts").get_to(s.starts);
        json.at("outputs").get_to(s.outputs);
        json.at("outages").get_to(s.outages);
    } catch (const Json::exception& error) {
        return tl::unexpected(Diagnostics{
            {Severity::error,
             "broken-sample",
             "a stored replication cannot be read",
             {UINT32_MAX, 0, 0, 0},
             "",
             "remove the file of samples: the study begins anew"}});
    }
    return s;
}

}  // namespace chipchain

// Answers in words, from a recorded run: where a lot's time went, what a tool did, why lots are late.
#pragma once

#include <string>

#include "chipchain/model/model.h"
#include "chipchain/sim/record.h"
#include "chipchain/sim/result.h"

namespace chipchain {

// REQUIRES recorder.lots and recorder.shipped for one lot, with at least one interval.
[[nodiscard]] std::string lot_text(const Model& model, const Recorder& record, const std::string& name, size_t width);

// number 0: all tools of the group. REQUIRES recorder.tools of that group.
[[nodiscard]] std::string tool_text(
    const Model& model,
    const RunResult& result,
    const Recorder& record,
    uint32_t group,
    uint32_t number,
    size_t width);

// type UINT32_MAX: every lot type. REQUIRES recorder.deliveries.
[[nodiscard]] std::string
late_text(const Model& model, const RunResult& result, const Recorder& record, uint32_t type, size_t width);

// Why a lot waited, from what the group's tools did meanwhile: "all 28 tools busy 86 %, down 7 %; 3 lots overtook it".
[[nodiscard]] std::string wait_reason(const LotInterval& wait);

}  // namespace chipchain

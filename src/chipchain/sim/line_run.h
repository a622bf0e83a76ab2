// A line that is simulated step by step together with what surrounds it: lots are released from outside at the present
// time, time goes on up to a border, the lots that left meanwhile are handed back. The lines of a chain run so, day by
// day. The line's own release plan runs as well; a line that is only fed from outside has lot types without repeats.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "chipchain/model/model.h"
#include "chipchain/sim/record.h"
#include "chipchain/sim/result.h"

namespace chipchain {

class LineRun {
 public:
    // The model must outlive the run. `horizon` only sizes what is recorded; time may go on beyond it.
    LineRun(const Model& model, uint64_t seed, uint32_t replication, Time horizon);
    LineRun(LineRun&&) noexcept;
    LineRun& operator=(LineRun&&) noexcept;
    ~LineRun();

    // Releases a lot now; returns its number within the lot type. REQUIRES a type of the model, 0 < pieces.
    uint32_t release(uint32_t type, uint32_t pieces);

    // Applies all events up to `until`, which becomes the present time; returns the lots that left, in order of time.
    // The reference holds until the next call. REQUIRES until >= now.
    const std::vector<ShippedLot>& advance(Time until);

    // The result up to the present time; the run has ended. Its identities are those of check_identities().
    [[nodiscard]] RunResult finish();

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chipchain

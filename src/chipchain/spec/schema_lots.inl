// Field tables of releases, planned lots and lots in the line. A chapter of schema.cc.
#pragma once

namespace chipchain {

namespace {

using R = ReleaseSpec;
constexpr FieldInfo kRelease[] = {
    name<&R::name>("name", "name of the release line (lot type)").need(),
    name<&R::product>("product", "product that is released").need().to("product"),
    integer<&R::priority>("priority", -1e6, 1e6, "higher is more urgent"),
    integer<&R::pieces>("pieces", 1, 100'000, "pieces in a lot"),
    choice<&R::policy>("policy", kPolicy, "when lots are released"),
    duration<&R::start>("start_after_min", "first release, so long after the line's start"),
    duration<&R::interval>("interval_min", "time between releases (poisson: its mean)")
        .need_when("policy=constant|poisson"),
    integer<&R::repeats>("repeats", -1, 1e9, "number of releases; -1: without end"),
    integer<&R::lots_per_release>("lots_per_release", 1, 100'000, "lots released together"),
    duration<&R::due_offset>("due_offset_h", "due date = release + this"),
    flag<&R::reserve>("reserve", "the lots reserve tools ahead (super-hot lots)"),
    integer<&R::wip_limit_lots>("wip_limit_lots", 0, 1e8, "conwip: lots allowed in the line")
        .need_when("policy=conwip"),
    name<&R::workload_group>("workload_group", "workload: tool group whose work in the line is limited")
        .to("tool_group")
        .need_when("policy=workload"),
    duration<&R::workload_limit>("workload_limit_h", "workload: tool hours of that group allowed in the line")
        .need_when("policy=workload"),
    flag<&R::engineering>("engineering", "lots that are no product; tools that process them are in state engineering"),
};

using PL = PlannedLotSpec;
constexpr FieldInfo kPlannedLot[] = {
    name<&PL::release>("release", "release line with policy \"list\"").need().to("release"),
    date<&PL::time>("start", "date of the release").need(),
    date<&PL::due>("due", "due date").need(),
};

using W = WipLotSpec;
constexpr FieldInfo kWipLot[] = {
    name<&W::name>("name", "name of the lot").need(),
    name<&W::product>("product", "its product").need().to("product"),
    integer<&W::priority>("priority", -1e6, 1e6, "higher is more urgent"),
    integer<&W::pieces>("pieces", 1, 100'000, "pieces in the lot"),
    integer<&W::step>("step", 1, kMostSteps, "step of the product's route it waits for").to("step"),
    date<&W::due>("due", "due date").need(),
    date<&W::start>("start", "date of its release; absent: the line's start"),
    flag<&W::reserve>("reserve", "reserves tools ahead (super-hot lot)"),
};

}  // namespace

}  // namespace chipchain

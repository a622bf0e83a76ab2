// Field tables of flows; a chapter of schema.cc.

constexpr V kFlowKinds[] =
    {"wafer_sort", "panel_packaging", "package_test", "board_assembly", "board_test", "unit_assembly"};
constexpr V kFlowAttach[] = {"first", "last"};
constexpr V kFlowScope[] = {"unit", "part", "place", "piece"};
constexpr V kFlowCluster[] = {"unit", "piece"};

using Fl = FlowSpec;
constexpr FieldInfo kFlow[] = {
    name<&Fl::name>("name", "name of the flow").need(),
    integer<&Fl::lot_wafers>("lot_wafers", 1, 1000, "wafers of a lot"),
    number<&Fl::wafers_per_month>("wafers_per_month", 0, 1e8, "wafers that the fab ships in 30 days"),
    integer<&Fl::months>("months", 1, 1200, "length of the run, 30 days each"),
    percent<&Fl::trace_percent>("trace_percent", "share of the wafers whose dies are followed to their unit"),
    choice<&Fl::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fl::source>("source", kSourceHelp),
    text<&Fl::note>("note", "what the flow is"),
};

using Fs = FlowStageSpec;
constexpr double kMostMm = 5000;
constexpr double kMostUsd = 1e6;
constexpr FieldInfo kFlowStage[] = {
    name<&Fs::name>("name", "name of the stage").need(),
    choice<&Fs::kind>("kind", kFlowKinds, "what it converts").need(),
    name<&Fs::product>("product", "what it makes; dies in bins take the product of their bin").need(),
    number<&Fs::wafers_per_month>("wafers_per_month", 0, 1e8, "wafer_sort: wafers in 30 days; 0: the flow's"),
    number<&Fs::wafer_mm>("wafer_mm", 1, 1000, "wafer_sort: diameter"),
    number<&Fs::panel_x_mm>("panel_x_mm", 0, kMostMm, "width of a panel; 0: piece_units says how many units it has"),
    number<&Fs::panel_y_mm>("panel_y_mm", 0, kMostMm, "height of a panel"),
    number<&Fs::edge_mm>("edge_mm", 0, kMostMm, "excluded edge of the wafer or panel"),
    number<&Fs::notch_mm>("notch_mm", 0, 100, "height kept out above the lowest point of the wafer"),
    number<&Fs::unit_x_mm>("unit_x_mm", 0, kMostMm, "width of a die, package or board"),
    number<&Fs::unit_y_mm>("unit_y_mm", 0, kMostMm, "height of a die, package or board"),
    number<&Fs::street_mm>("street_mm", 0, 100, "street between units"),
    integer<&Fs::piece_units>("piece_units", 0, 60'000, "units of a piece; 0: as many as fit"),
    integer<&Fs::lot_pieces>("lot_pieces", 1, 10'000, "pieces that start together"),
    choice<&Fs::attach>(
        "attach",
        kFlowAttach,
        "first: parts are lost with bad places; last: places found bad get no parts"),
    integer<&Fs::cores>("cores", 0, 10'000, "equal cores of a die of which some may be dead; 0: none"),
    number<&Fs::core_mm2>("core_mm2", 0, 10'000, "area of one core"),
    duration<&Fs::cycle_time>("cycle_time_d", "from the start of a lot to its arrival in the store"),
    number<&Fs::piece_usd>("piece_usd", 0, kMostUsd, "cost added per piece started"),
    number<&Fs::unit_usd>("unit_usd", 0, kMostUsd, "cost added per unit that gets its parts"),
    choice<&Fs::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fs::source>("source", kSourceHelp),
};

using Fo = FlowLossSpec;
constexpr FieldInfo kFlowLoss[] = {
    name<&Fo::stage>("stage", "stage it belongs to").need().to("flow_stage"),
    name<&Fo::name>("name", "name of the loss").need(),
    choice<&Fo::scope>(
        "scope",
        kFlowScope,
        "what fails: a unit, a unit by one of its parts, a place before parts come, a whole piece"),
    percent<&Fo::yield_percent>("yield_percent", "what survives one of `repeat` times"),
    integer<&Fo::repeat>("repeat", 1, 1000, "times the yield applies (layers, cycles)"),
    number<&Fo::d0_per_cm2>("d0_per_cm2", 0, 1000, "killing defects per cm2; bose-einstein: per critical layer"),
    number<&Fo::area_mm2>("area_mm2", 0, 1e6, "area that defects kill; 0: that of the unit"),
    name<&Fo::model>("model", "yield model of the defects").to("yield model"),
    number<&Fo::alpha>("alpha", 0, 1e6, "clustering of negative-binomial, layers of bose-einstein; 0: no clustering"),
    choice<&Fo::cluster>("cluster", kFlowCluster, "what shares its defect density: a unit, or all units of a piece"),
    number<&Fo::dpmo>("dpmo", 0, 1e6, "defects per million opportunities"),
    number<&Fo::opportunities>("opportunities", 0, 1e6, "of a unit"),
    percent<&Fo::found_percent>("found_percent", "share of the failed that inspection finds at once"),
    choice<&Fo::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fo::source>("source", kSourceHelp),
};

using Fe = FlowTestSpec;
constexpr FieldInfo kFlowTest[] = {
    name<&Fe::stage>("stage", "stage it belongs to").need().to("flow_stage"),
    name<&Fe::name>("name", "name of the test").need(),
    name<&Fe::form>("form", "escapes by catch or williams-brown").to("escape form"),
    percent<&Fe::coverage_percent>("coverage_percent", "catch: bad units found; williams-brown: faults seen"),
    percent<&Fe::false_percent>("false_percent", "good units that one insertion rejects"),
    integer<&Fe::retests>("retests", 0, 10, "further insertions of rejected units"),
    percent<&Fe::repair_percent>("repair_percent", "rejected units that repair makes good"),
    number<&Fe::insertion_usd>("insertion_usd", 0, kMostUsd, "cost of one insertion"),
    number<&Fe::repair_usd>("repair_usd", 0, kMostUsd, "cost of a repair, good or not"),
    choice<&Fe::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fe::source>("source", kSourceHelp),
};

using Fb = FlowBinSpec;
constexpr FieldInfo kFlowBin[] = {
    name<&Fb::stage>("stage", "stage that sorts into it").need().to("flow_stage"),
    name<&Fb::name>("name", "name of the bin").need(),
    name<&Fb::product>("product", "product of its dies").need(),
    integer<&Fb::least_cores>("least_cores", 0, 10'000, "least working cores; bins of more cores come first"),
    percent<&Fb::share_percent>("share_percent", "share (speed, leakage) of the dies that no bin before has taken"),
    choice<&Fb::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fb::source>("source", kSourceHelp),
};

using Fp = FlowPartSpec;
constexpr FieldInfo kFlowPart[] = {
    name<&Fp::stage>("stage", "stage that takes it").need().to("flow_stage"),
    name<&Fp::part>("part", "product of an earlier stage, or a purchased part").need(),
    integer<&Fp::quantity>("quantity", 1, 1000, "of one unit"),
    flag<&Fp::purchased>("purchased", "bought, not made by a stage"),
    number<&Fp::price_usd>("price_usd", 0, kMostUsd, "of one purchased part"),
    number<&Fp::bad_ppm>("bad_ppm", 0, 1e6, "bad ones among the purchased parts"),
    choice<&Fp::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fp::source>("source", kSourceHelp),
};

constexpr V kByStageName[] = {"stage", "name"};
constexpr V kByStagePart[] = {"stage", "part"};

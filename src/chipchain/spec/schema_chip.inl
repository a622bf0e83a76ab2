// Field tables of chips and fleets; a chapter of schema.cc.

constexpr V kDataflows[] = {"output_stationary", "weight_stationary", "input_stationary"};
constexpr double kMostFigure = 1e12;

using Cp = ChipSpec;
constexpr FieldInfo kChip[] = {
    name<&Cp::name>("name", "name of the chip").need(),
    text<&Cp::title>("title", "what it is, in a few words"),
    text<&Cp::foundry>("foundry", "who makes this version"),
    text<&Cp::node>("node", "the foundry's name of the process"),
    choice<&Cp::dataflow>("dataflow", kDataflows, "which operand stays in the array"),
    text<&Cp::note>("note", "what is known, claimed and assumed"),
};

using Fi = FigureSpec;
constexpr FieldInfo kFigure[] = {
    name<&Fi::name>("name", "which figure: a name of docs/chip.md, which ends in its unit").need(),
    number<&Fi::value>("value", 0, kMostFigure, "the figure, in the unit of its name").need(),
    number<&Fi::low>("low", 0, kMostFigure, "least credible value; default: the value"),
    number<&Fi::high>("high", 0, kMostFigure, "greatest credible value; default: the value"),
    choice<&Fi::mark>("mark", kMarkNames, "how the figure is known"),
    text<&Fi::source>("source", "where it comes from; needed unless it is an assumption"),
    text<&Fi::note>("note", "why this value; needed for an assumption"),
};

constexpr V kRedundancies[] = {"1oo1", "lock-step", "1oo2"};

using Fle = FleetSpec;
constexpr FieldInfo kFleet[] = {
    name<&Fle::name>("name", "name of the fleet").need(),
    date<&Fle::start>("start", "dates of other tables count from it").need(),
    number<&Fle::spares_percent>("spares_percent", 0, 1000, "chips beyond those that are built in"),
    number<&Fle::weekly_sigma_percent>(
        "weekly_sigma_percent",
        0,
        1000,
        "standard deviation of a week's demand for a version, of its mean; 30: assumption"),
    number<&Fle::lead_weeks>("lead_weeks", 0, 520, "from an order of wafers to chips; 16: assumption"),
    number<&Fle::service_percent>("service_percent", 50, 99.9999, "lead times in which the safety stock suffices"),
    number<&Fle::correlation>("correlation", -1, 1, "of the demands for two versions; 0: independent"),
    text<&Fle::note>("note", "what the fleet is"),
};

using Fu = FleetUnitSpec;
constexpr FieldInfo kFleetUnit[] = {
    name<&Fu::name>("name", "kind of unit: vehicle, robot, server").need(),
    choice<&Fu::redundancy>("redundancy", kRedundancies, "how it goes on when a chip fails"),
    percent<&Fu::margin_percent>("margin_percent", "of time and bandwidth left free").range(0, 99),
    percent<&Fu::duty_percent>("duty_percent", "of the time in use, for power"),
    number<&Fu::power_limit_w>("power_limit_w", 0, 1e9, "of all chips of a unit; 0: none"),
    choice<&Fu::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fu::source>("source", kSourceHelp),
    text<&Fu::note>("note", "what it is"),
};

using Fn = FleetNetworkSpec;
constexpr FieldInfo kFleetNetwork[] = {
    name<&Fn::unit>("unit", "unit that runs it").need().to("fleet_unit"),
    text<&Fn::network>("network", "reference network or ONNX file").need(),
    number<&Fn::rate_per_s>("rate_per_s", 0, 1e12, "inferences of one unit").need(),
    number<&Fn::memory_gb>("memory_gb", 0, 1e9, "in DRAM besides weights and activations"),
    choice<&Fn::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fn::source>("source", kSourceHelp),
};

using Flb = FleetBuildSpec;
constexpr FieldInfo kFleetBuild[] = {
    name<&Flb::unit>("unit", "what is built").need().to("fleet_unit"),
    name<&Flb::programme>("programme", "programme of a scenario that waits for the chips").need(),
    date<&Flb::from>("from", "first day of building").need(),
    date<&Flb::until>("until", "first day after it").need(),
    number<&Flb::quantity>("quantity", 0, 1e13, "units built in that time").need(),
    number<&Flb::chips_per_piece>("chips_per_piece", 1e-6, 1e6, "of what the programme waits for, as a board with two"),
    choice<&Flb::mark>("mark", kMarkNames, kMarkHelp),
    text<&Flb::source>("source", kSourceHelp),
};

using Fv = FleetVersionSpec;
constexpr FieldInfo kFleetVersion[] = {
    text<&Fv::chip>("chip", "chip of the library, or a chip file").need(),
    percent<&Fv::share_percent>("share_percent", "of the chips that are this version").need(),
    percent<&Fv::package_percent>("package_percent", "of dies that become chips"),
    choice<&Fv::mark>("mark", kMarkNames, kMarkHelp),
    text<&Fv::source>("source", kSourceHelp),
};

// Field tables of scenarios and overlays; a chapter of schema.cc.

constexpr V kItemKinds[] = {"wafer", "die", "panel", "package", "board", "unit", "part"};
constexpr V kSiteKinds[] = {"own", "supplier"};
constexpr V kMilestoneKinds[] = {"delivered", "made"};
constexpr V kUncertainKinds[] = {"demand", "yield", "lead", "capacity", "price", "build"};
constexpr V kChangeOps[] = {"set", "multiply", "add", "remove"};
constexpr double kMostPieces = 1e13;
constexpr double kMostMoney = 1e13;

using Sc = ScenarioSpec;
constexpr FieldInfo kScenario[] = {
    name<&Sc::name>("name", "name of the scenario").need(),
    date<&Sc::start>("start", "first day; dates of other tables count from it").need(),
    date<&Sc::end>("end", "first day after the scenario").need(),
    integer<&Sc::weeks>("weeks", 0, 600, "buckets of a week at the start; calendar months follow"),
    percent<&Sc::service_percent>("service_percent", "promises are kept in so many of 100 runs"),
    number<&Sc::discount_percent>("discount_percent", 0, 100, "of money, per year"),
    integer<&Sc::replications>("replications", 1, 100'000, "runs with randomness"),
    duration<&Sc::freeze>("freeze_d", "no start before it: what arrives early is in [[pipeline]]"),
    text<&Sc::note>("note", "what the scenario is"),
};

using Ov = OverlaySpec;
constexpr FieldInfo kOverlay[] = {
    name<&Ov::name>("name", "name of the overlay").need(),
    name<&Ov::base>("base", "the scenario it changes: a folder or an embedded one"),
    text<&Ov::note>("note", "what if"),
};

using Ch = ChangeSpec;
constexpr FieldInfo kChange[] = {
    name<&Ch::table>("table", "table that is changed").need(),
    text<&Ch::key>("key", "the row by its keys with / between; * stands for any"),
    name<&Ch::field>("field", "key of the row; none for remove"),
    choice<&Ch::op>("op", kChangeOps, "what is done with the value"),
    text<&Ch::value>("value", "as in a CSV cell; add: days for dates, else the unit of the field"),
    text<&Ch::note>("note", "why"),
};

using It = ItemSpec;
constexpr FieldInfo kItem[] = {
    name<&It::name>("name", "name of the item").need(),
    choice<&It::kind>("kind", kItemKinds, "what one piece is").need(),
    name<&It::family>("family", "versions of one chip share it"),
    number<&It::value_usd>("value_usd", 0, kMostMoney, "of one, for tariffs and capital"),
    number<&It::holding_usd_per_week>("holding_usd_per_week", 0, kMostMoney, "of one in stock, besides capital"),
    number<&It::holding_percent>("holding_percent", 0, 1000, "of value_usd per year in stock"),
    integer<&It::lot>("lot", 0, 1e12, "pieces that move together; 0: by kind"),
    choice<&It::mark>("mark", kMarkNames, kMarkHelp),
    text<&It::source>("source", kSourceHelp),
    text<&It::note>("note", "what it is"),
};

using Si = SiteSpec;
constexpr FieldInfo kSite[] = {
    name<&Si::name>("name", "name of the site").need(),
    choice<&Si::kind>("kind", kSiteKinds, "whose it is"),
    text<&Si::region>("region", "where it is"),
    number<&Si::time_to_recover_d>("time_to_recover_d", 0, 36'525, "after an outage; 0: not examined"),
    choice<&Si::mark>("mark", kMarkNames, kMarkHelp),
    text<&Si::source>("source", kSourceHelp),
    text<&Si::note>("note", "what it is"),
};

using Ac = ActivitySpec;
constexpr FieldInfo kActivity[] = {
    name<&Ac::name>("name", "name of the activity").need(),
    name<&Ac::site>("site", "where it is done").need().to("site"),
    name<&Ac::item>("item", "main output").need().to("item"),
    number<&Ac::quantity>("quantity", 0, kMostPieces, "of the item per start, before yield"),
    dist<&Ac::lead>("lead", "distribution of the lead time"),
    mean<&Ac::lead>("lead_d", "from start to output"),
    half<&Ac::lead>("lead_half_d"),
    shape<&Ac::lead>("lead_shape"),
    percent<&Ac::yield_percent>("yield_percent", "good pieces of a start"),
    number<&Ac::d0_start>("d0_start_per_cm2", 0, 1000, "defects at learning_from"),
    number<&Ac::d0_final>("d0_final_per_cm2", 0, 1000, "defects in the end"),
    duration<&Ac::tau>("tau_d", "time constant of the fall from the one to the other; 0: d0_final at once"),
    number<&Ac::die_area_mm2>("die_area_mm2", 0, 1e6, "area that defects kill; 0: yield_percent alone"),
    number<&Ac::alpha>("alpha", 0, 1e6, "clustering of the defects; 0: none"),
    date<&Ac::learning_from>("learning_from", "when the density is d0_start"),
    number<&Ac::yield_spread_percent>("yield_spread_percent", 0, 100, "standard deviation between lots, in points"),
    number<&Ac::cost_usd>("cost_usd", 0, kMostMoney, "per start, besides its inputs"),
    number<&Ac::wip_usd_per_week>("wip_usd_per_week", 0, kMostMoney, "of one start under way"),
    integer<&Ac::lot>("lot", 0, 1e12, "starts of a lot; 0: by the item's kind"),
    date<&Ac::from>("from", "earliest start; default: the scenario's start"),
    date<&Ac::until>("until", "no start at or after it; default: no such date"),
    percent<&Ac::excursion_percent>("excursion_percent", "lots lost as a whole"),
    choice<&Ac::mark>("mark", kMarkNames, kMarkHelp),
    text<&Ac::source>("source", kSourceHelp),
    text<&Ac::note>("note", "what it is"),
};

using Ai = ActivityInputSpec;
constexpr FieldInfo kActivityInput[] = {
    name<&Ai::activity>("activity", "activity that needs it").need().to("activity"),
    name<&Ai::item>("item", "what it needs").need().to("item"),
    number<&Ai::quantity>("quantity", 0, kMostPieces, "per start"),
    choice<&Ai::mark>("mark", kMarkNames, kMarkHelp),
    text<&Ai::source>("source", kSourceHelp),
};

using Ao = ActivityOutputSpec;
constexpr FieldInfo kActivityOutput[] = {
    name<&Ao::activity>("activity", "activity that makes it besides its item").need().to("activity"),
    name<&Ao::item>("item", "what it makes").need().to("item"),
    number<&Ao::quantity>("quantity", 0, kMostPieces, "per start, before the yield of the activity"),
    choice<&Ao::mark>("mark", kMarkNames, kMarkHelp),
    text<&Ao::source>("source", kSourceHelp),
};

using Ay = ActivityYieldSpec;
constexpr FieldInfo kActivityYield[] = {
    name<&Ay::activity>("activity", "whose yield it is").need().to("activity"),
    date<&Ay::from>("from", "from this start date on").need(),
    percent<&Ay::yield_percent>("yield_percent", "instead of the activity's").need(),
    flag<&Ay::linear>("linear", "on a straight line to the next row"),
    choice<&Ay::mark>("mark", kMarkNames, kMarkHelp),
    text<&Ay::source>("source", kSourceHelp),
};

using Re = ResourceSpec;
constexpr FieldInfo kResource[] = {
    name<&Re::name>("name", "name of the resource").need(),
    name<&Re::site>("site", "where it is").need().to("site"),
    number<&Re::capacity_per_week>("capacity_per_week", 0, kMostPieces, "at the start, in its unit"),
    text<&Re::unit>("unit", "what is counted: wafers, panels, hours"),
    name<&Re::process>("process", "process of the library whose line is simulated lot by lot; absent: lead times"),
    number<&Re::sized_per_month>("sized_per_month", 0, 1e8, "starts in 30 days for which that line has its tools"),
    percent<&Re::target_percent>("target_percent", "highest planned use of the capacity"),
    choice<&Re::mark>("mark", kMarkNames, kMarkHelp),
    text<&Re::source>("source", kSourceHelp),
    text<&Re::note>("note", "what it is"),
};

using Us = ResourceUseSpec;
constexpr FieldInfo kResourceUse[] = {
    name<&Us::resource>("resource", "what is used").need().to("resource"),
    name<&Us::activity>("activity", "who uses it").need().to("activity"),
    number<&Us::quantity>("quantity", 0, kMostPieces, "of its unit, per start"),
    choice<&Us::mark>("mark", kMarkNames, kMarkHelp),
    text<&Us::source>("source", kSourceHelp),
};

using Rc = ResourceCapacitySpec;
constexpr FieldInfo kResourceCapacity[] = {
    name<&Rc::resource>("resource", "whose capacity it is").need().to("resource"),
    date<&Rc::from>("from", "from this date on").need(),
    number<&Rc::capacity_per_week>("capacity_per_week", 0, kMostPieces, "in the unit of the resource").need(),
    flag<&Rc::linear>("linear", "on a straight line to the next row"),
    choice<&Rc::mark>("mark", kMarkNames, kMarkHelp),
    text<&Rc::source>("source", kSourceHelp),
};

using Cl = ClearingSpec;
constexpr FieldInfo kClearing[] = {
    name<&Cl::resource>("resource", "whose clearing function it is").need().to("resource"),
    number<&Cl::slope>("slope", 0, 1000, "output per load, per week"),
    number<&Cl::quantity>("quantity", 0, kMostPieces, "output at load 0 of this line, per week"),
    choice<&Cl::mark>("mark", kMarkNames, kMarkHelp),
    text<&Cl::source>("source", kSourceHelp),
};

using Cu = CurveSpec;
constexpr FieldInfo kCurve[] = {
    name<&Cu::curve>("curve", "name of the curve").need(),
    duration<&Cu::day>("day_d", "after the begin").need(),
    number<&Cu::percent>("percent", 0, 1000, "of the full capacity").need(),
    flag<&Cu::step>("step", "holds until the next point instead of a straight line"),
    choice<&Cu::mark>("mark", kMarkNames, kMarkHelp),
    text<&Cu::source>("source", kSourceHelp),
};

using Cm = CapacityModuleSpec;
constexpr FieldInfo kCapacityModule[] = {
    name<&Cm::name>("name", "name of the module").need(),
    name<&Cm::resource>("resource", "what it adds to").need().to("resource"),
    number<&Cm::capacity_per_week>("capacity_per_week", 0, kMostPieces, "of one, in the end").need(),
    number<&Cm::capex_usd>("capex_usd", 0, kMostMoney, "of one"),
    duration<&Cm::build>("build_d", "from the decision to the first capacity"),
    name<&Cm::ramp>("ramp", "curve of its capacity over days since then; absent: at once").to("curve"),
    integer<&Cm::most>("most", 0, 100'000, "modules in all, those ordered included"),
    integer<&Cm::most_per_quarter>("most_per_quarter", 0, 100'000, "decisions in a quarter; 0: no limit"),
    date<&Cm::from>("from", "earliest decision"),
    date<&Cm::until>("until", "latest decision; default: the end"),
    choice<&Cm::mark>("mark", kMarkNames, kMarkHelp),
    text<&Cm::source>("source", kSourceHelp),
    text<&Cm::note>("note", "what it is"),
};

using Mr = ModuleOrderSpec;
constexpr FieldInfo kModuleOrder[] = {
    name<&Mr::module>("module", "what is ordered").need().to("capacity_module"),
    date<&Mr::date>("date", "of the decision").need(),
    integer<&Mr::count>("count", 0, 100'000, "modules"),
    choice<&Mr::mark>("mark", kMarkNames, kMarkHelp),
    text<&Mr::source>("source", kSourceHelp),
};

using La = LaneSpec;
constexpr FieldInfo kLane[] = {
    name<&La::from>("from", "site that sends").need().to("site"),
    name<&La::to>("to", "site that receives").need().to("site"),
    name<&La::item>("item", "what it carries; absent: everything").to("item"),
    dist<&La::travel>("travel", "distribution of the travel time"),
    mean<&La::travel>("travel_d", "door to door"),
    half<&La::travel>("travel_half_d"),
    shape<&La::travel>("travel_shape"),
    number<&La::cost_usd>("cost_usd", 0, kMostMoney, "of one piece"),
    number<&La::tariff_percent>("tariff_percent", 0, 1000, "of the value of the item"),
    choice<&La::mark>("mark", kMarkNames, kMarkHelp),
    text<&La::source>("source", kSourceHelp),
};

using St = StoreSpec;
constexpr FieldInfo kStore[] = {
    name<&St::item>("item", "what lies there").need().to("item"),
    name<&St::site>("site", "where").need().to("site"),
    number<&St::initial>("initial", 0, kMostPieces, "pieces at the start"),
    number<&St::limit>("limit", 0, kMostPieces, "pieces that fit; 0: no limit"),
    number<&St::floor>("floor", 0, kMostPieces, "safety stock"),
    number<&St::short_usd_per_week>(
        "short_usd_per_week",
        0,
        kMostMoney,
        "price of a piece below the floor; 0: the holding cost, ten times"),
    date<&St::floor_from>("floor_from", "the floor holds from here on"),
    choice<&St::mark>("mark", kMarkNames, kMarkHelp),
    text<&St::source>("source", kSourceHelp),
};

using Pi = PipelineSpec;
constexpr FieldInfo kPipeline[] = {
    name<&Pi::activity>("activity", "what is under way").need().to("activity"),
    date<&Pi::date>("date", "of its output").need(),
    number<&Pi::quantity>("quantity", 0, kMostPieces, "good pieces of the main output").need(),
    choice<&Pi::mark>("mark", kMarkNames, kMarkHelp),
    text<&Pi::source>("source", kSourceHelp),
};

using Ct = ContractSpec;
constexpr FieldInfo kContract[] = {
    name<&Ct::name>("name", "name of the contract row").need(),
    name<&Ct::activity>("activity", "what is bought").need().to("activity"),
    date<&Ct::from>("from", "first day of the period").need(),
    date<&Ct::until>("until", "first day after the period").need(),
    number<&Ct::minimum>("minimum", 0, kMostPieces, "starts in the period"),
    number<&Ct::maximum>("maximum", 0, kMostPieces, "starts in the period; 0: no limit"),
    number<&Ct::shortfall_usd>("shortfall_usd", 0, kMostMoney, "per start below the minimum; take-or-pay: the price"),
    percent<&Ct::carry_percent>("carry_percent", "of the minimum, that the activity's next contract row may make up"),
    number<&Ct::option_starts>("option_starts", 0, kMostPieces, "starts above the maximum that may be reserved"),
    number<&Ct::option_usd>("option_usd", 0, kMostMoney, "of reserving one"),
    number<&Ct::exercise_usd>("exercise_usd", 0, kMostMoney, "of using one, besides the activity's cost"),
    number<&Ct::prepaid_usd>("prepaid_usd", 0, kMostMoney, "paid at the begin, credited against the starts"),
    number<&Ct::change_percent>(
        "change_percent",
        0,
        1000,
        "most change of weekly starts per week, of the mean of maximum or minimum; 0: free"),
    percent<&Ct::least_share_percent>("least_share_percent", "of all starts that make the item, in the period"),
    percent<&Ct::most_share_percent>("most_share_percent", "of all that makes the item, in the period"),
    duration<&Ct::notice>("notice_d", "starts are firm so long ahead"),
    choice<&Ct::mark>("mark", kMarkNames, kMarkHelp),
    text<&Ct::source>("source", kSourceHelp),
    text<&Ct::note>("note", "what it is"),
};

using Qu = QualificationSpec;
constexpr FieldInfo kQualification[] = {
    name<&Qu::activity>("activity", "what may start only after it").need().to("activity"),
    date<&Qu::from>("from", "earliest begin").need(),
    duration<&Qu::duration>("duration_d", "from begin to end").need(),
    flag<&Qu::decided>("decided", "begins at `from`; false: the planner decides"),
    number<&Qu::cost_usd>("cost_usd", 0, kMostMoney, "in all"),
    number<&Qu::pieces>("pieces", 0, kMostPieces, "starts of the activity consumed by it"),
    choice<&Qu::mark>("mark", kMarkNames, kMarkHelp),
    text<&Qu::source>("source", kSourceHelp),
};

using Su = SubstitutionSpec;
constexpr FieldInfo kSubstitution[] = {
    name<&Su::item>("item", "what serves").need().to("item"),
    name<&Su::serves>("serves", "in place of what").need().to("item"),
    name<&Su::programme>("programme", "only for its deliveries; absent: everywhere").to("programme"),
    date<&Su::from>("from", "qualified from"),
    choice<&Su::mark>("mark", kMarkNames, kMarkHelp),
    text<&Su::source>("source", kSourceHelp),
};

using Pg = ProgrammeSpec;
constexpr FieldInfo kProgramme[] = {
    name<&Pg::name>("name", "who waits").need(),
    name<&Pg::item>("item", "for what").need().to("item"),
    name<&Pg::site>("site", "where it takes delivery").need().to("site"),
    integer<&Pg::priority>("priority", 1, 1000, "1 is served first"),
    number<&Pg::value_usd>("value_usd", 0, kMostMoney, "of one delivered"),
    number<&Pg::late_usd_per_week>("late_usd_per_week", 0, kMostMoney, "of one that waits"),
    number<&Pg::unmet_usd>("unmet_usd", 0, kMostMoney, "of one lost or not delivered at the end; 0: late_usd_per_week"),
    flag<&Pg::backlog>("backlog", "false: what is not there in time is lost"),
    number<&Pg::spread_percent>("spread_percent", 0, 1000, "standard deviation of weekly demand, of its forecast"),
    percent<&Pg::floor_percent>("floor_percent", "of its demand, served before lower priorities get more"),
    choice<&Pg::mark>("mark", kMarkNames, kMarkHelp),
    text<&Pg::source>("source", kSourceHelp),
    text<&Pg::note>("note", "what it is"),
};

using De = DemandSpec;
constexpr FieldInfo kDemand[] = {
    name<&De::programme>("programme", "who asks").need().to("programme"),
    date<&De::date>("date", "when it is due").need(),
    date<&De::until>("until", "spread evenly from `date` up to here; default: all at `date`"),
    number<&De::quantity>("quantity", 0, kMostPieces, "pieces in all").need(),
    choice<&De::mark>("mark", kMarkNames, kMarkHelp),
    text<&De::source>("source", kSourceHelp),
};

using Ms = MilestoneSpec;
constexpr FieldInfo kMilestone[] = {
    name<&Ms::name>("name", "name of the milestone").need(),
    choice<&Ms::kind>("kind", kMilestoneKinds, "delivered to a programme, or made by an activity"),
    name<&Ms::of>("of", "the programme or the activity").need(),
    number<&Ms::quantity>("quantity", 0, kMostPieces, "pieces in all"),
    date<&Ms::date>("date", "when it is wanted").need(),
    choice<&Ms::mark>("mark", kMarkNames, kMarkHelp),
    text<&Ms::source>("source", kSourceHelp),
    text<&Ms::note>("note", "what it is"),
};

using Di = DisruptionSpec;
constexpr FieldInfo kDisruption[] = {
    name<&Di::name>("name", "name of the disruption").need(),
    name<&Di::site>("site", "where").need().to("site"),
    name<&Di::resource>("resource", "only this one; absent: all of the site").to("resource"),
    percent<&Di::percent_per_year>("percent_per_year", "chance of a beginning within a year"),
    date<&Di::date>("date", "begins for certain; default: by chance"),
    name<&Di::recovery>("recovery", "curve of the capacity since the beginning").need().to("curve"),
    percent<&Di::scrap_percent>("scrap_percent", "lost of what is under way at the site"),
    choice<&Di::mark>("mark", kMarkNames, kMarkHelp),
    text<&Di::source>("source", kSourceHelp),
    text<&Di::note>("note", "what it is"),
};

using Bu = BudgetSpec;
constexpr FieldInfo kBudget[] = {
    integer<&Bu::year>("year", 1970, 2200, "calendar year").need(),
    number<&Bu::capex_usd>("capex_usd", 0, kMostMoney, "most that modules may cost that are decided in it").need(),
    choice<&Bu::mark>("mark", kMarkNames, kMarkHelp),
    text<&Bu::source>("source", kSourceHelp),
};

using Un = UncertaintySpec;
constexpr FieldInfo kUncertainty[] = {
    name<&Un::name>("name", "name of the uncertainty").need(),
    choice<&Un::kind>("kind", kUncertainKinds, "what is multiplied").need(),
    name<&Un::of>("of", "programme (demand), activity (yield, lead, price), resource (capacity), module (build)")
        .need(),
    number<&Un::low_percent>("low_percent", 0, 1000, "least factor").need(),
    number<&Un::high_percent>("high_percent", 0, 1000, "greatest factor; triangular with its mode at 100").need(),
    choice<&Un::mark>("mark", kMarkNames, kMarkHelp),
    text<&Un::source>("source", kSourceHelp),
};

constexpr V kByActivityItem[] = {"activity", "item"};
constexpr V kByResourceActivity[] = {"resource", "activity"};
constexpr V kByFromToItem[] = {"from", "to", "item"};
constexpr V kByItemSite[] = {"item", "site"};
constexpr V kByActivity[] = {"activity"};
constexpr V kByYear[] = {"year"};
constexpr V kByActivityFrom[] = {"activity", "from"};
constexpr V kByResourceFrom[] = {"resource", "from"};
constexpr V kByCurveDay[] = {"curve", "day_d"};
constexpr V kByItemServes[] = {"item", "serves", "programme"};

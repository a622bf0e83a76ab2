#include "chipchain/spec/smt2020_form.h"

namespace chipchain {

namespace {
constexpr bool kRequired = true;
}

const std::vector<TabColumn> kToolColumns = {
    {"STNFAM", kRequired},
    {"STN", false, true},
    {"RULE"},
    {"FWLRANK"},
    {"WAKERESRANK"},
    {"BATCHCRITF"},
    {"BATCHPER"},
    {"LTIME"},
    {"LTUNITS"},
    {"ULTIME"},
    {"ULTUNITS"},
    {"STNCAP"},
    {"STNQTY", kRequired},
    {"STNGRP"},
    {"STNFAMSTEP_ACTLIST"},
    {"STNFAMLOC"},
    {"PRERULERWL"},
    {"SETUPGRP"},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kPartColumns = {
    {"PARTGRP", false, true},
    {"PARTFAM"},
    {"PART", kRequired},
    {"ROUTEFILE", kRequired},
    {"ROUTE", kRequired},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kRouteColumns = {
    {"ROUTE", kRequired},
    {"STEP", kRequired},
    {"DESC"},
    {"STNFAM", kRequired},
    {"PDIST"},
    {"PTIME", kRequired},
    {"PTIME2"},
    {"PTUNITS"},
    {"PTPER"},
    {"BATCHMN"},
    {"BATCHMX"},
    {"SETUP"},
    {"WHEN"},
    {"STIME"},
    {"STUNITS"},
    {"SVESTN"},
    {"FORSTEP"},
    {"BatchInterval"},
    {"BatchIntUnits"},
    {"PartInterval"},
    {"PartIntUnits"},
    {"RWKSTEP"},
    {"REWORK"},
    {"RWKTYPE"},
    {"StepPercent"},
    {"ScrapPercent"},
    {"STEP_CQT"},
    {"CQT"},
    {"CQTUNITS"},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kOrderColumns = {
    {"LOT", kRequired},
    {"PART", kRequired},
    {"PRIOR"},
    {"PIECES"},
    {"START"},
    {"RDIST"},
    {"REPEAT"},
    {"RUNITS"},
    {"RPT#"},
    {"LOTSPERRPT"},
    {"DUE"},
    {"ORDER", false, true},
    {"HOTLOT"},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kWipColumns = {
    {"LOT", kRequired},
    {"PART", kRequired},
    {"PRIOR"},
    {"PIECES"},
    {"START"},
    {"CURSTEP", kRequired},
    {"DUE"},
    {"ORDER", false, true},
    {"HOTLOT"},
    {"TRACE", false, true},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kAttachColumns = {
    {"CALNAME", kRequired},
    {"CALTYPE", kRequired},
    {"RESTYPE", kRequired},
    {"RESNAME", kRequired},
    {"FOADIST"},
    {"FOA"},
    {"FOAUNITS"},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kDownColumns = {
    {"DOWNCALNAME", kRequired},
    {"DOWNCALTYPE"},
    {"MTTFDIST"},
    {"MTTF", kRequired},
    {"MTTF2"},
    {"MTTFUNITS"},
    {"MTTRDIST"},
    {"MTTR", kRequired},
    {"MTTR2"},
    {"MTTRUNITS"},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kPmColumns = {
    {"PMCALNAME", kRequired},
    {"PMCALTYPE", kRequired},
    {"MTBPM", kRequired},
    {"MTBPMUNITS"},
    {"MTTRDIST"},
    {"MTTR", kRequired},
    {"MTTR2"},
    {"MTTRUNITS"},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kSetupColumns =
    {{"CURSETUP"}, {"NEWSETUP", kRequired}, {"STIME", kRequired}, {"STUNITS"}, {"IGNORE", false, true}};
const std::vector<TabColumn> kSetupGroupColumns = {
    {"SETUPGRP"},
    {"SETUP", kRequired},
    {"MINRUN", kRequired},
    {"IGNORE", false, true}};
const std::vector<TabColumn> kTransportColumns = {
    {"FROMLOC", kRequired},
    {"TOLOC", kRequired},
    {"DDIST"},
    {"DTIME", kRequired},
    {"DTIME2"},
    {"DUNITS"},
    {"IGNORE", false, true}};

}  // namespace chipchain

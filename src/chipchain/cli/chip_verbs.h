// The sub-commands of chipchain chip, one function each: options in, exit code out.
#pragma once

#include "chipchain/cli/chip.h"

namespace chipchain {

int chip_run_verb(const ChipChoices& choices);
int chip_compile_verb(const ChipChoices& choices);
int chip_disassemble_verb(const ChipChoices& choices);
int chip_quantise_verb(const ChipChoices& choices);
int chip_conform_verb(const ChipChoices& choices);
int chip_verify_verb(const ChipChoices& choices);
int chip_show_verb(const ChipChoices& choices);
int chip_power_verb(const ChipChoices& choices);
int chip_frames_verb(const ChipChoices& choices);
int chip_assemble_verb(const ChipChoices& choices);
int chip_fleet_verb(const ChipChoices& choices);

}  // namespace chipchain

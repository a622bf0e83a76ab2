// CSV files of a model: RFC 4180 (quoted cells, doubled quotes, line breaks inside quotes; LF or CRLF), UTF-8 with or
// without a byte order mark. The first line that is neither blank nor a comment holds keys of the table; lines that
// start with '#' are comments; a blank cell is an absent key, a quoted empty cell ("") is an empty text.
#pragma once

#include <cstdint>

#include "chipchain/spec/rows.h"

namespace chipchain {

// Appends the rows of source file `file` to the table. Reports csv-syntax, csv-columns, unknown-key, duplicate-key,
// missing-key, too-many-rows and what set_field and finish_row report.
void read_csv(Reading& reading, const TableInfo& table, uint32_t file);

}  // namespace chipchain

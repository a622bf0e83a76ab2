// How cells of AutoSched-style files become values: words with a meaning, numbers with a unit in another column,
// distributions, US dates. Inside spec/ only.
#pragma once

#include <span>
#include <string_view>

#include "chipchain/spec/smt2020_form.h"
#include "chipchain/spec/tab_table.h"

namespace chipchain {

// The date as Smt2020Cells::date reads it, to the tick; empty when its year is not 1000 to 9999.
[[nodiscard]] std::string smt2020_date(Time since_epoch);

class Smt2020Cells {
 public:
    explicit Smt2020Cells(Reading& reading) : reading_(reading) {}

    void
    error(std::string_view id, const TabCell& cell, std::string message, std::string expected, std::string help = {});

    // The meaning of a word; `blank` when the cell is not set; reports other words with the nearest known one.
    template <class T>
    T word(const TabTable& table, size_t row, std::string_view column, std::span<const Word<T>> words, T blank) {
        const TabCell cell = table.cell(row, column);
        if (cell.text.empty()) return blank;
        std::vector<std::string> names;
        for (const Word<T>& w : words) {
            if (w.text == cell.text) return w.value;
            names.emplace_back(w.text);
        }
        unknown_word(cell, column, names);
        return blank;
    }

    // A number; `blank` when the cell is not set and not required.
    double number(const TabTable& table, size_t row, std::string_view column, double blank, double low, double high);
    int64_t
    integer(const TabTable& table, size_t row, std::string_view column, int64_t blank, int64_t low, int64_t high);
    // A duration in the unit that another column states; `blank` when not set.
    Time duration(const TabTable& table, size_t row, std::string_view column, std::string_view unit_column, Time blank);
    // Kind, first and second number (absent column name: none) and unit; a blank kind is constant.
    DurationSpec distribution(
        const TabTable& table,
        size_t row,
        std::string_view kind,
        std::string_view mean,
        std::string_view half,
        std::string_view unit);
    // MM/DD/YY or MM/DD/YYYY (1000 to 9999), then hh:mm:ss, hh:mm or nothing, with up to six digits of a second behind
    // a point, as ticks since 1970; `blank` when not set. Years 00..69 are 20xx.
    Time date(const TabTable& table, size_t row, std::string_view column, Time blank);
    // A cell that may hold a name: at most 200 bytes without control characters.
    std::string text(const TabTable& table, size_t row, std::string_view column);

    // A cell that must hold a name.
    std::string name(const TabTable& table, size_t row, std::string_view column);

    // Marks key `key` of a row of table `table_name` as stated at `span`.
    static void mark(std::string_view table_name, Row& row, std::string_view key, Span span);

 private:
    void unknown_word(const TabCell& cell, std::string_view column, const std::vector<std::string>& words);
    Time unit(const TabTable& table, size_t row, std::string_view column);

    Reading& reading_;
};

}  // namespace chipchain

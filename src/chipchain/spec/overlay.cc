#include "chipchain/spec/overlay.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/spec/rows.h"

namespace chipchain {

namespace {

// Tables that an overlay may change: those of scenarios.
std::vector<const TableInfo*> scenario_tables() {
    std::vector<const TableInfo*> out;
    bool inside = false;
    for (const TableInfo& table : spec_tables()) {
        if (table.name == "scenario") inside = true;
        if (inside && table.name != "overlay" && table.name != "change") out.push_back(&table);
    }
    return out;
}

void move_file(Span& span, uint32_t offset) {
    if (span.file != UINT32_MAX) span.file += offset;
}

void copy_row(const TableInfo& table, const Row& from, Row& to, uint32_t offset) {
    to.span = from.span;
    to.given = from.given;
    to.spans = from.spans;
    move_file(to.span, offset);
    for (Span& span : to.spans) move_file(span, offset);
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const Value value = table.fields[i].get(from);
        // half width and shape of a duration share their place
        const bool shape = i >= 3 && table.fields[i - 3].starts_distribution;
        if (!shape || value.integer > 0) table.fields[i].set(to, value);
    }
}

// Dates of a row count from another start; those that the row does not state keep their meaning.
void move_dates(const TableInfo& table, Row& row, Time by) {
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const FieldInfo& field = table.fields[i];
        if (field.type != FieldType::date) continue;
        Value value = field.get(row);
        if ((row.given >> i & 1U) == 0 && value == field.get(table.defaults())) continue;
        value.integer += by;
        field.set(row, value);
    }
}

std::vector<std::string> split(const std::string& key) {
    std::vector<std::string> out(1);
    for (const char c : key) {
        if (c == '/') {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

// Parts that the key leaves out at its end are empty ones.
bool matches(const std::vector<std::string>& wanted, const std::vector<std::string>& parts) {
    if (wanted.size() > parts.size()) return false;
    for (size_t i = 0; i < parts.size(); ++i) {
        const std::string want = i < wanted.size() ? wanted[i] : "";
        if (want != "*" && want != parts[i]) return false;
    }
    return true;
}

class Changes {
 public:
    explicit Changes(Reading& reading) : reading_(reading), spec_(reading.spec) {}

    void apply(const ChangeSpec& change) {
        change_ = &change;
        const TableInfo* table = find_changed_table();
        if (table == nullptr) return;
        const std::vector<size_t> rows = find_rows(*table);
        if (rows.empty()) return;
        if (change.op == ChangeOp::remove) {
            remove(*table, rows);
            return;
        }
        const size_t index = field_index(*table, change.field);
        if (index == kNoField) {
            report_unknown_key(reading_, *table, change.field, place("field"));
            return;
        }
        const Time start = spec_.scenario.start;
        // what one row reports, the others would repeat
        const size_t before = reading_.diagnostics.size();
        for (size_t i = 0; i < rows.size() && reading_.diagnostics.size() == before; ++i)
            change_field(*table, table->row(spec_, rows[i]), index);
        reading_.bad_fields = 0;
        if (spec_.scenario.start != start) move_start(start - spec_.scenario.start);
    }

 private:
    Span place(std::string_view key) const {
        static const TableInfo& table = *find_table("change");
        const size_t index = field_index(table, key);
        const Row& row = *change_;
        return index < row.spans.size() && row.spans[index].line != 0 ? row.spans[index] : row.span;
    }

    const TableInfo* find_changed_table() {
        std::vector<std::string> names;
        for (const TableInfo* table : scenario_tables()) {
            if (table->name == change_->table) return table;
            names.emplace_back(table->name);
        }
        reading_.report(
            "unknown-table",
            fmt::format("a scenario has no table '{}'", change_->table),
            place("table"),
            "expected one of the tables of a scenario",
            did_you_mean(change_->table, names, "the tables are " + joined(names)));
        return nullptr;
    }

    std::vector<size_t> find_rows(const TableInfo& table) {
        std::vector<size_t> found;
        std::vector<std::string> keys;
        const std::vector<std::string> wanted = split(change_->key);
        if (table.single && change_->key.empty()) return {0};
        for (size_t r = 0; !table.single && r < table.size(spec_); ++r) {
            const Row& row = table.const_row(spec_, r);
            std::string key = row_key(table, row, spec_.scenario.start);
            if (key == change_->key || matches(wanted, key_parts(table, row, spec_.scenario.start))) found.push_back(r);
            keys.push_back(std::move(key));
        }
        if (found.empty()) report_unknown_row(table, keys);
        return found;
    }

    void report_unknown_row(const TableInfo& table, const std::vector<std::string>& keys) {
        std::string form;
        for (const FieldInfo* field : key_fields(table)) form += (form.empty() ? "" : "/") + std::string(field->key);
        reading_.report(
            "unknown-row",
            fmt::format("no row of table '{}' has the key '{}'", table.name, change_->key),
            place("key"),
            table.single ? "expected no key" : fmt::format("expected {}", form),
            did_you_mean(change_->key, keys, fmt::format("the table has {} rows; * stands for any part", keys.size())));
    }

    void remove(const TableInfo& table, const std::vector<size_t>& rows) {
        if (table.remove == nullptr || !change_->field.empty() || !change_->value.empty()) {
            reading_.report(
                "change-op",
                table.remove == nullptr ? fmt::format("'{}' cannot be removed", table.name)
                                        : "'remove' takes whole rows: it has no field and no value",
                place("op"),
                "expected table and key alone",
                "to take a value back, set the field");
            return;
        }
        for (auto r = rows.rbegin(); r != rows.rend(); ++r) table.remove(spec_, *r);
    }

    void change_field(const TableInfo& table, Row& row, size_t index) {
        const FieldInfo& field = table.fields[index];
        RawValue raw;
        raw.span = place("value");
        if (change_->op == ChangeOp::set) {
            raw.kind = RawValue::Kind::cell;
            raw.text = change_->value;
        } else if (!compute(table, row, field, raw)) {
            return;
        }
        set_field(reading_, table, row, index, raw);
    }

    // The value after `multiply` or `add`; false when reported.
    bool compute(const TableInfo& table, const Row& row, const FieldInfo& field, RawValue& raw) {
        double operand = 0;
        const std::string& text = change_->value;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), operand);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !std::isfinite(operand)) {
            reading_.report(
                "wrong-type",
                fmt::format("'value' is '{}'", text.substr(0, 40)),
                place("value"),
                change_->op == ChangeOp::multiply ? "expected a factor" : "expected a number to add");
            return false;
        }
        const bool multiply = change_->op == ChangeOp::multiply;
        const Value value = field.get(row);
        switch (field.type) {
            case FieldType::number:
            case FieldType::percent:
                raw.kind = RawValue::Kind::number;
                raw.number = multiply ? value.number * operand : value.number + operand;
                return true;
            case FieldType::duration: {
                const double old = static_cast<double>(value.integer) / static_cast<double>(field.unit);
                raw.kind = RawValue::Kind::number;
                raw.number = multiply ? old * operand : old + operand;
                return true;
            }
            case FieldType::integer: {
                const auto old = static_cast<double>(value.integer);
                const double now = std::round(multiply ? old * operand : old + operand);
                raw.kind = RawValue::Kind::integer;
                raw.integer = static_cast<int64_t>(std::clamp(now, -9e18, 9e18));
                return true;
            }
            case FieldType::date:
                if (!multiply && value.integer != -1) {
                    const Time start = table.single ? 0 : spec_.scenario.start;
                    raw.kind = RawValue::Kind::date;
                    raw.text = date_text(start + value.integer + to_ticks(operand, kDay));
                    return true;
                }
                break;
            case FieldType::text:
            case FieldType::name:
            case FieldType::flag:
            case FieldType::choice:
                break;
        }
        report_op(field);
        return false;
    }

    void report_op(const FieldInfo& field) {
        const bool date = field.type == FieldType::date;
        const bool multiply = change_->op == ChangeOp::multiply;
        reading_.report(
            "change-op",
            date && !multiply ? fmt::format("'{}' is not stated by the row: nothing can be added to it", field.key)
                              : fmt::format(
                                    "'{}' does not fit '{}', which is {}",
                                    multiply ? "multiply" : "add",
                                    field.key,
                                    expected_text(field)),
            place("op"),
            date && multiply ? "expected set or add" : "expected set",
            fmt::format("{}: {}", field.key, field.help));
    }

    // The start was moved: dates count from there, and stay the same days.
    void move_start(Time by) {
        spec_.line.start = spec_.scenario.start;
        for (const TableInfo* table : scenario_tables()) {
            if (table->single) continue;
            for (size_t r = 0; r < table->size(spec_); ++r) move_dates(*table, table->row(spec_, r), by);
        }
    }

    Reading& reading_;
    Spec& spec_;
    const ChangeSpec* change_ = nullptr;
};

void append_rows(Spec& base, const Spec& overlay, uint32_t offset) {
    const Time by = overlay.scenario.start - base.scenario.start;
    for (const TableInfo* table : scenario_tables()) {
        if (table->single) continue;
        for (size_t r = 0; r < table->size(overlay); ++r) {
            Row& row = table->add(base);
            copy_row(*table, table->const_row(overlay, r), row, offset);
            move_dates(*table, row, by);
        }
    }
}

}  // namespace

Result<Spec> apply_overlay(Spec base, const Spec& overlay, SourceMap* sources) {
    Reading reading;
    reading.spec = std::move(base);
    Spec& spec = reading.spec;
    // dates of values that are set count from here
    spec.line.start = spec.scenario.start;
    const auto offset = static_cast<uint32_t>(spec.sources.files.size());
    spec.sources.files.insert(spec.sources.files.end(), overlay.sources.files.begin(), overlay.sources.files.end());
    append_rows(spec, overlay, offset);
    Changes changes(reading);
    const TableInfo& table = *find_table("change");
    for (const ChangeSpec& row : overlay.changes) {
        ChangeSpec change;
        copy_row(table, row, change, offset);
        changes.apply(change);
    }
    std::string& name = spec.overlay.name;
    name += (name.empty() ? "" : "+") + overlay.overlay.name;
    if (!has_errors(reading.diagnostics)) return std::move(spec);
    if (sources != nullptr) *sources = std::move(spec.sources);
    return tl::unexpected(std::move(reading.diagnostics));
}

}  // namespace chipchain

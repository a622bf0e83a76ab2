#include "chipchain/spec/process.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/spec/embedded.h"
#include "chipchain/spec/embedded_folder.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/rows.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

constexpr std::string_view kFolder = "processes/";
constexpr std::string_view kFile = "/process.toml";
constexpr size_t kMostVisits = 100'000;  // steps of a route

template <class Rows>
auto find_row(Rows& rows, std::string_view name) {
    return std::find_if(rows.begin(), rows.end(), [name](const auto& row) { return row.name == name; });
}

template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
    std::vector<std::string> names;
    for (const auto& row : rows) names.push_back(row.name);
    return names;
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

Span value_span(std::string_view table, const Row& row, std::string_view key) {
    const size_t field = field_index(*find_table(table), key);
    return field < row.spans.size() && row.spans[field].line > 0 ? row.spans[field] : row.span;
}

// Rows of `over` change those of `base` with the same name, key by key; others are added behind them.
void merge_table(const TableInfo& table, Spec& base, const Spec& over) {
    const size_t name = field_index(table, "name");
    for (size_t i = 0; i < table.size(over); ++i) {
        const Row& row = table.const_row(over, i);
        const std::string word = table.fields[name].get(row).text;
        Row* target = nullptr;
        for (size_t k = 0; k < table.size(base) && target == nullptr; ++k) {
            Row& candidate = table.row(base, k);
            if (table.fields[name].get(candidate).text == word) target = &candidate;
        }
        const bool fresh = target == nullptr;
        if (fresh) target = &table.add(base);
        for (size_t f = 0; f < table.fields.size(); ++f) {
            if (fresh || (row.given >> f & 1) != 0) table.fields[f].set(*target, table.fields[f].get(row));
        }
        target->given |= row.given;
        target->span = row.span;
        target->spans = row.spans;
    }
}

// Positions of an embedded base say nothing to the reader of the file that builds on it.
void forget_positions(Spec& spec) {
    for (const TableInfo& table : spec_tables()) {
        for (size_t i = 0; i < table.size(spec); ++i) {
            table.row(spec, i).span = {UINT32_MAX, 0, 0, 0};
            table.row(spec, i).spans.clear();
        }
    }
}

class Resolver {
 public:
    explicit Resolver(const std::map<std::string, double>& values) : values_(values) {}

    Result<Process> make(const Spec& process) {
        if (process.processes.empty()) {
            report(
                "no-process",
                "the file has no [[process]] row: it is no process to make a line from",
                Span{0, 1, 1, 0});
            return tl::unexpected(diagnostics_);
        }
        out_.rows = with_base(process, 0);
        set_parameters();
        for (const ProcessToolSpec& t : rows().process_tools) set_time(t);
        for (const OperationSpec& o : rows().operations) check_operation(o);
        for (const ModuleSpec& m : rows().modules) read_module(m);
        const auto performed = [this](const Visit& v) { return rows().operations[v.operation].sample_percent > 0; };
        if (diagnostics_.empty() && std::none_of(out_.visits.begin(), out_.visits.end(), performed))
            report("empty-module", "the modules of the process hold no operation that lots perform", out_.head().span);
        if (!diagnostics_.empty()) return tl::unexpected(diagnostics_);
        return std::move(out_);
    }

 private:
    Spec& rows() { return out_.rows; }

    void report(std::string id, std::string message, Span span, std::string help = {}) {
        diagnostics_.push_back({Severity::error, std::move(id), std::move(message), span, {}, std::move(help)});
    }

    Spec with_base(const Spec& process, int depth) {
        const ProcessSpec& head = process.processes.front();
        if (head.base.empty()) return process;
        constexpr int kMostBases = 10;
        if (depth == kMostBases) {
            report("process-cycle", fmt::format("process '{}' is its own base", head.name), head.span);
            return process;
        }
        const Result<Spec> base = embedded_process(head.base);
        if (!base) {
            Diagnostic d = base.error().front();
            d.span = value_span("process", head, "base");
            diagnostics_.push_back(d);
            return process;
        }
        Spec merged = with_base(*base, depth + 1);
        forget_positions(merged);
        if (head.own_modules) merged.modules.clear();
        merged.processes.front().name = head.name;  // one row: the file's, over the base's
        for (const std::string_view name : {"process", "process_parameter", "process_tool", "operation", "module"})
            merge_table(*find_table(name), merged, process);
        merged.sources = process.sources;
        return merged;
    }

    void set_parameters() {
        for (const auto& [name, value] : values_) {
            const auto row = find_row(rows().process_parameters, name);
            if (row == rows().process_parameters.end()) {
                report(
                    "unknown-parameter",
                    fmt::format("process '{}' has no parameter '{}'", out_.head().name, name),
                    {UINT32_MAX, 0, 0, 0},
                    did_you_mean(
                        name,
                        names_of(rows().process_parameters),
                        fmt::format("its parameters: {}", fmt::join(names_of(rows().process_parameters), ", "))));
                continue;
            }
            row->value = value;
            row->mark = Mark::computed;
            row->source = "set by the user";
            out_.changed.push_back(name);
        }
    }

    // The product of the named parameters; 1 for no names.
    double product(std::string_view table, const Row& row, std::string_view key, const std::string& names) {
        double value = 1;
        for (const std::string& word : words_of(names)) {
            if (word == "lot_pieces") {
                value *= static_cast<double>(out_.head().lot_pieces);
                continue;
            }
            const auto found = find_row(rows().process_parameters, word);
            if (found != rows().process_parameters.end()) {
                value *= found->value;
                continue;
            }
            report(
                "unknown-parameter",
                fmt::format("'{}' names the parameter '{}', which the process does not have", key, word),
                value_span(table, row, key),
                did_you_mean(word, names_of(rows().process_parameters), "add a [[process_parameter]]"));
        }
        return value;
    }

    void set_time(const ProcessToolSpec& t) {
        double minutes = in_minutes(t.process);
        if (!t.process_by.empty()) minutes += product("process_tool", t, "process_by", t.process_by);
        const double unit = t.unit_by.empty() ? t.unit_s : product("process_tool", t, "unit_by", t.unit_by);
        if (unit > 0) {
            const double units = product("process_tool", t, "count", t.count);
            const double sites = std::max(1.0, product("process_tool", t, "sites", t.sites));
            // the small constant keeps 1000 / 0.1 from being one unit more
            minutes += unit / 60 * std::ceil(units / sites - 1e-9) * (1 + t.retest_percent / 100);
        }
        constexpr double kMostMinutes = 60.0 * 24 * 365;  // assumption: a year
        if (minutes <= 0) {
            report(
                "no-time",
                fmt::format("process tool '{}' has no process time", t.name),
                t.span,
                "give process_min, process_by or unit_s with count");
        } else if (!(minutes <= kMostMinutes)) {
            report(
                "time-too-long",
                fmt::format("process tool '{}' takes {:g} min, more than a year", t.name, minutes),
                t.span,
                "check the parameters that process_by, unit_by and count name");
        }
        out_.tool_minutes.push_back(minutes);
    }

    void check_operation(const OperationSpec& o) {
        if (find_row(rows().process_tools, o.tool) != rows().process_tools.end()) return;
        report(
            "unknown-process-tool",
            fmt::format("operation '{}' needs the process tool '{}', which is not declared", o.name, o.tool),
            value_span("operation", o, "tool"),
            did_you_mean(o.tool, names_of(rows().process_tools), "add a [[process_tool]]"));
    }

    void read_module(const ModuleSpec& m) {
        std::vector<const OperationSpec*> operations;
        for (const std::string& word : words_of(m.steps)) {
            const auto found = find_row(rows().operations, word);
            if (found != rows().operations.end()) {
                operations.push_back(&*found);
                continue;
            }
            report(
                "unknown-operation",
                fmt::format("module '{}' names the operation '{}', which is not declared", m.name, word),
                value_span("module", m, "steps"),
                did_you_mean(word, names_of(rows().operations), "add an [[operation]]"));
        }
        const double times = static_cast<double>(m.repeat) * product("module", m, "repeat_by", m.repeat_by);
        if (times * static_cast<double>(operations.size()) + static_cast<double>(out_.visits.size()) > kMostVisits) {
            report(
                "route-too-long",
                fmt::format("module '{}' makes the route longer than {} steps", m.name, kMostVisits),
                value_span("module", m, "repeat"));
            return;
        }
        if (!diagnostics_.empty()) return;
        for (int64_t pass = 0; pass < std::llround(times); ++pass) add_pass(m, operations, pass);
    }

    void add_pass(const ModuleSpec& m, const std::vector<const OperationSpec*>& operations, int64_t pass) {
        const size_t first = out_.visits.size();
        for (const OperationSpec* o : operations) {
            Visit v;
            v.operation = static_cast<uint32_t>(o - rows().operations.data());
            v.module = static_cast<uint32_t>(&m - rows().modules.data());
            v.tool = static_cast<uint32_t>(find_row(rows().process_tools, o->tool) - rows().process_tools.begin());
            v.pass = pass;
            if (o->rework_percent > 0) v.rework_step = rework_step(m, *o, first);
            out_.visits.push_back(v);
        }
    }

    int64_t rework_step(const ModuleSpec& m, const OperationSpec& o, size_t first) {
        for (size_t back = out_.visits.size(); back-- > first;) {
            if (rows().operations[out_.visits[back].operation].name == o.rework_to)
                return static_cast<int64_t>(back) + 1;
        }
        report(
            "unknown-rework",
            fmt::format("module '{}' has no operation '{}' ahead of '{}' to rework to", m.name, o.rework_to, o.name),
            value_span("operation", o, "rework_to"),
            "rework goes back to an operation of the same pass");
        return 0;
    }

    const std::map<std::string, double>& values_;
    Diagnostics diagnostics_;
    Process out_;
};

}  // namespace

double Process::parameter(std::string_view name) const {
    const auto found = find_row(rows.process_parameters, name);
    CHECK(found != rows.process_parameters.end());
    return found->value;
}

Result<Process> resolve_process(const Spec& process, const std::map<std::string, double>& values) {
    return Resolver(values).make(process);
}

std::vector<EmbeddedProcessInfo> embedded_processes() {
    std::vector<EmbeddedProcessInfo> out;
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with(kFolder) || !file.path.ends_with(kFile)) continue;
        const std::string name(file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kFile.size()));
        const Result<Spec> spec = read_model_text(embedded_folder(fmt::format("{}{}", kFolder, name)));
        out.push_back({name, spec && !spec->processes.empty() ? spec->processes.front().note : ""});
    }
    return out;
}

Result<Spec> embedded_process(std::string_view name) {
    const std::vector<ModelFile> files = embedded_folder(fmt::format("{}{}", kFolder, name));
    if (!files.empty()) return read_model_text(files);
    std::vector<std::string> names;
    for (const EmbeddedProcessInfo& info : embedded_processes()) names.push_back(info.name);
    return tl::unexpected(Diagnostics{
        {Severity::error,
         "unknown-process",
         fmt::format("there is no process '{}'", name),
         {UINT32_MAX, 0, 0, 0},
         "",
         did_you_mean(name, names, fmt::format("processes: {}", fmt::join(names, ", ")))}});
}

}  // namespace chipchain

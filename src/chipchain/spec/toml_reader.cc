#include "chipchain/spec/toml_reader.h"

#include <algorithm>
#include <cctype>

#include <fmt/core.h>

// toml++ 3.3 asserts (and with NDEBUG assumes) some things that wrong texts violate, as "[[[a]]]", although the code
// behind reports them well: its assertions are switched off, and NDEBUG with them so that nothing is assumed.
#ifdef NDEBUG
#define CHIPCHAIN_HAD_NDEBUG
#undef NDEBUG
#endif
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <toml++/toml.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
#ifdef CHIPCHAIN_HAD_NDEBUG
#define NDEBUG
#endif

namespace chipchain {

namespace {

class TomlReader {
 public:
    TomlReader(Reading& reading, uint32_t file) : reading_(reading), file_(file) {}

    std::vector<FileRequest> read(const toml::table& root) {
        report_unknown_tables(root);
        read_line(root);
        read_switches(root);
        for (const TableInfo& table : spec_tables()) {
            if (!table.single) read_rows(table, root.get(table.name));
        }
        return read_files(root);
    }

    // toml++ counts columns in characters; spans count bytes
    Span span(const toml::source_region& region) const {
        const auto line = static_cast<uint32_t>(region.begin.line);
        const std::string_view text = reading_.spec.sources.line(file_, line);
        const size_t first = byte_of(text, region.begin.column, line);
        size_t last = text.size();
        if (region.end.line == region.begin.line) last = byte_of(text, region.end.column, line);
        while (last > first && (text[last - 1] == ' ' || text[last - 1] == '\t')) --last;
        return {file_, line, static_cast<uint32_t>(first + 1), static_cast<uint32_t>(last > first ? last - first : 0)};
    }

 private:
    static size_t byte_of(std::string_view text, size_t column, uint32_t line) {
        size_t at = line == 1 && text.substr(0, 3) == "\xef\xbb\xbf" ? 3 : 0;
        for (size_t n = 1; n < column && at < text.size(); ++n) {
            ++at;
            while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) ++at;
        }
        return std::min(at, text.size());
    }

    void report_unknown_tables(const toml::table& root) {
        std::vector<std::string> names = {"switches", "files"};
        for (const TableInfo& table : spec_tables()) names.emplace_back(table.name);
        for (auto&& [key, node] : root) {
            if (std::find(names.begin(), names.end(), key.str()) != names.end()) continue;
            reading_.report(
                "unknown-table",
                fmt::format("the model has no table '{}'", std::string(key.str()).substr(0, 40)),
                span(key.source()),
                "expected one of the tables of a model",
                did_you_mean(key.str(), names, "the tables are " + joined(names)));
        }
    }

    void read_line(const toml::table& root) {
        const TableInfo& table = *find_table("line");
        const toml::node* node = root.get("line");
        if (node == nullptr) {
            reading_.report(
                "missing-table",
                "the model has no [line] table",
                {file_, 1, 1, 0},
                "expected [line] with a name",
                "write [line] and under it name = \"...\"");
            return;
        }
        if (!node->is_table()) {
            wrong_type(*node, "line", "expected [line], once");
            return;
        }
        read_row(table, *node->as_table(), reading_.spec.line);
        LineSpec& line = reading_.spec.line;
        if (find_profile(line.profile, reading_.spec.switches)) return;
        std::vector<std::string> names;
        for (const ProfileInfo& profile : profile_table()) names.emplace_back(profile.name);
        reading_.report(
            "unknown-profile",
            fmt::format("there is no profile '{}'", line.profile),
            line.spans[field_index(table, "profile")],
            "expected one of " + joined(names),
            did_you_mean(line.profile, names, "a profile is a full set of switches"));
    }

    void read_switches(const toml::table& root) {
        const toml::node* node = root.get("switches");
        if (node == nullptr) return;
        if (!node->is_table()) {
            wrong_type(*node, "switches", "expected [switches], once");
            return;
        }
        for (auto&& [key, value] : *node->as_table()) read_switch(key, value);
    }

    void read_switch(const toml::key& key, const toml::node& value) {
        std::vector<std::string> names;
        for (const SwitchInfo& info : switch_table()) {
            names.emplace_back(info.name);
            if (info.name != key.str()) continue;
            const std::string* text = value.is_string() ? &value.as_string()->get() : nullptr;
            const std::vector<std::string> words(info.values.begin(), info.values.end());
            const auto found = text == nullptr ? words.end() : std::find(words.begin(), words.end(), *text);
            if (found != words.end()) {
                info.set(reading_.spec.switches, static_cast<uint8_t>(found - words.begin()));
            } else if (text == nullptr) {
                wrong_type(value, info.name, "expected one of " + joined(words));
            } else {
                reading_.report(
                    "unknown-value",
                    fmt::format(
                        "switch '{}' is \"{}\", which is not one of its values",
                        info.name,
                        text->substr(0, 40)),
                    span(value.source()),
                    "expected one of " + joined(words),
                    did_you_mean(*text, words, std::string(info.help)));
            }
            return;
        }
        reading_.report(
            "unknown-switch",
            fmt::format("there is no switch '{}'", std::string(key.str()).substr(0, 40)),
            span(key.source()),
            fmt::format("expected one of {} switches", names.size()),
            did_you_mean(key.str(), names, "the switches are " + joined(names)));
    }

    void read_rows(const TableInfo& table, const toml::node* node) {
        if (node == nullptr) return;
        const toml::array* rows = node->as_array();
        if (rows == nullptr) {
            wrong_type(*node, table.name, fmt::format("expected [[{}]], with two brackets", table.name));
            return;
        }
        for (const toml::node& row : *rows) {
            if (table.size(reading_.spec) >= kMaxRows) {
                reading_.report(
                    "too-many-rows",
                    fmt::format("table '{}' has more than {} rows", table.name, kMaxRows),
                    span(row.source()),
                    fmt::format("expected at most {} rows", kMaxRows),
                    "split the model");
                return;
            }
            if (row.is_table()) {
                read_row(table, *row.as_table(), table.add(reading_.spec));
            } else {
                wrong_type(row, table.name, fmt::format("expected [[{}]] with keys under it", table.name));
            }
        }
    }

    void read_row(const TableInfo& table, const toml::table& values, Row& row) {
        row.span = span(values.source());
        for (auto&& [key, value] : values) {
            const size_t index = field_index(table, key.str());
            if (index == kNoField) {
                report_unknown_key(reading_, table, key.str(), span(key.source()));
            } else {
                set_field(reading_, table, row, index, raw_value(value));
            }
        }
        finish_row(reading_, table, row);
    }

    RawValue raw_value(const toml::node& node) const {
        using Kind = RawValue::Kind;
        RawValue raw;
        raw.span = span(node.source());
        if (const auto* text = node.as_string()) {
            raw.kind = Kind::text;
            raw.text = text->get();
        } else if (const auto* integer = node.as_integer()) {
            raw.kind = Kind::integer;
            raw.integer = integer->get();
        } else if (const auto* number = node.as_floating_point()) {
            raw.kind = Kind::number;
            raw.number = number->get();
        } else if (const auto* flag = node.as_boolean()) {
            raw.kind = Kind::flag;
            raw.flag = flag->get();
        } else if (node.is_date() || node.is_date_time()) {
            date_value(node, raw);
        } else {
            raw.text = kind_name(node);
        }
        return raw;
    }

    static void date_value(const toml::node& node, RawValue& raw) {
        const toml::date day = node.is_date() ? node.as_date()->get() : node.as_date_time()->get().date;
        const toml::time time = node.is_date() ? toml::time{} : node.as_date_time()->get().time;
        if (node.is_date_time() && node.as_date_time()->get().offset) {
            raw.text = "a date with a time zone";
            return;
        }
        raw.kind = RawValue::Kind::date;
        raw.text = fmt::format(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            day.year,
            day.month,
            day.day,
            time.hour,
            time.minute,
            time.second);
        if (time.nanosecond != 0) raw.text += fmt::format(".{:06}", time.nanosecond / 1000);
    }

    static const char* kind_name(const toml::node& node) {
        if (node.is_integer() || node.is_floating_point()) return "a number";
        if (node.is_boolean()) return "true or false";
        if (node.is_date() || node.is_date_time()) return "a date";
        if (node.is_array()) return "an array";
        if (node.is_table()) return "a table";
        if (node.is_time()) return "a time of day";
        return "a text";
    }

    void wrong_type(const toml::node& node, std::string_view key, std::string expected) {
        reading_.report(
            "wrong-type",
            fmt::format("'{}' is {}", key, kind_name(node)),
            span(node.source()),
            std::move(expected));
    }

    std::vector<FileRequest> read_files(const toml::table& root) {
        std::vector<FileRequest> out;
        const toml::node* node = root.get("files");
        if (node == nullptr) return out;
        if (!node->is_table()) {
            wrong_type(*node, "files", "expected [files], once");
            return out;
        }
        for (auto&& [key, value] : *node->as_table()) {
            const TableInfo* table = find_table(key.str());
            if (table == nullptr || table->single) {
                std::vector<std::string> names;
                for (const TableInfo& t : spec_tables()) {
                    if (!t.single) names.emplace_back(t.name);
                }
                reading_.report(
                    "unknown-key",
                    fmt::format("[files] has no key '{}'", std::string(key.str()).substr(0, 40)),
                    span(key.source()),
                    "expected the name of a table",
                    did_you_mean(key.str(), names, "the tables are " + joined(names)));
                continue;
            }
            add_files(*table, value, out);
        }
        return out;
    }

    void add_files(const TableInfo& table, const toml::node& value, std::vector<FileRequest>& out) {
        constexpr const char* kExpected = "expected \"file.csv\" or [\"file.csv\", ...]";
        if (const auto* text = value.as_string()) {
            out.push_back({&table, text->get(), span(value.source())});
        } else if (const auto* list = value.as_array()) {
            for (const toml::node& item : *list) {
                if (const auto* name = item.as_string()) {
                    out.push_back({&table, name->get(), span(item.source())});
                } else {
                    wrong_type(item, table.name, kExpected);
                }
            }
        } else {
            wrong_type(value, table.name, kExpected);
        }
    }

    Reading& reading_;
    uint32_t file_;
};

// ---------------------------------------------------------------- before and beside the parser

struct Objection {
    size_t offset = 0;
    const char* message = nullptr;  // null: none
    const char* expected = nullptr;
};

// A walk over TOML text before toml++ sees it; it knows strings and comments. It objects to two things that toml++ 3.3
// does not survive: dotted keys of very many parts (their tables are destroyed by recursion) and letters beyond ASCII
// outside of quotes (its tables of letters reach undefined behaviour). TOML 1.0 allows no such letters there.
class Prescan {
 public:
    explicit Prescan(std::string_view text) : text_(text) {
        if (text_.substr(0, 3) == "\xef\xbb\xbf") at_ = start_ = 3;
    }

    Objection run() {
        while (at_ < text_.size() && objection_.message == nullptr) step();
        return objection_;
    }

 private:
    static constexpr size_t kMostParts = 32;

    void step() {
        const char c = text_[at_];
        if (c == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
            return;
        }
        if (c == '"' || c == '\'') {
            // a quote inside a word leads toml++ to the letters of the text
            if (!may_open()) {
                objection_ = {
                    at_,
                    "a quoted text stands where none can stand",
                    "expected it behind '=', ',', '[' or '.'"};
                return;
            }
            skip_string(c);
            return;
        }
        if (static_cast<unsigned char>(c) >= 0x80) {
            objection_ = {
                at_,
                "a letter beyond ASCII stands outside of quotes",
                "expected it in quotes or in a comment"};
            return;
        }
        if (c == '.') count_dot();
        if (std::string_view("\n,=[]{}").find(c) != std::string_view::npos) dots_ = 0;
        ++at_;
    }

    // May a key or a value begin here? What stands before, but for blanks, tells.
    [[nodiscard]] bool may_open() const {
        size_t before = at_;
        while (before > start_ && (text_[before - 1] == ' ' || text_[before - 1] == '\t')) --before;
        return before == start_ || std::string_view("\n\r=[{,.").find(text_[before - 1]) != std::string_view::npos;
    }

    void count_dot() {
        if (dots_++ == 0) first_dot_ = at_;
        if (dots_ > kMostParts) objection_ = {first_dot_, "a key has more than 32 parts", "expected a key of one part"};
    }

    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool block = text_.substr(at_, 3) == three;
        const std::string_view close = block ? std::string_view(three) : std::string_view(three).substr(0, 1);
        size_t end = at_ + close.size();
        while (end < text_.size() && text_.substr(end, close.size()) != close && (block || text_[end] != '\n')) {
            end += quote == '"' && text_[end] == '\\' ? 2U : 1U;
        }
        // the line break of an unclosed string is seen by step()
        const bool closed = end < text_.size() && text_[end] == quote;
        at_ = std::min(closed ? end + close.size() : end, text_.size());
        // a block may end with up to two quotes of its own
        for (int i = 0; block && closed && i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
    }

    std::string_view text_;
    size_t at_ = 0;
    size_t start_ = 0;  // behind the byte order mark
    size_t dots_ = 0;
    size_t first_dot_ = 0;
    Objection objection_;
};

// The quoted texts of the [files] section, found without a parser.
std::vector<FileRequest> scan_files(const SourceMap& sources, uint32_t file) {
    std::vector<FileRequest> out;
    const TableInfo* table = nullptr;
    bool inside = false;
    for (uint32_t n = 1; n <= sources.files[file].line_starts.size(); ++n) {
        const std::string_view line = sources.line(file, n);
        const size_t first = line.find_first_not_of(" \t");
        if (first == std::string_view::npos || line[first] == '#') continue;
        if (line[first] == '[') {
            inside = line.substr(first, 7) == "[files]";
            continue;
        }
        if (!inside) continue;
        const size_t equals = line.find('=');
        if (std::isalpha(static_cast<unsigned char>(line[first])) != 0 && equals != std::string_view::npos) {
            const size_t last = line.find_first_of(" \t=", first);
            table = find_table(line.substr(first, last - first));
        }
        for (size_t open = line.find('"'); open != std::string_view::npos;) {
            const size_t close = line.find('"', open + 1);
            if (close == std::string_view::npos) break;
            if (table != nullptr && !table->single) {
                out.push_back(
                    {table,
                     std::string(line.substr(open + 1, close - open - 1)),
                     {file, n, static_cast<uint32_t>(open + 1), static_cast<uint32_t>(close - open + 1)}});
            }
            open = line.find('"', close + 1);
        }
    }
    return out;
}

// toml++'s words without their lead, and plainer for the most frequent mistake
std::string plain_description(std::string_view description, std::string_view line) {
    constexpr std::string_view kLead = "Error while parsing ";
    if (description.starts_with("Error while parsing string: unescaped control characters")) {
        if (line.find_first_of("\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c") == std::string_view::npos) {
            return "string: the text has no closing quote on its line, or holds a control character";
        }
    }
    if (description.starts_with(kLead)) description.remove_prefix(kLead.size());
    return std::string(description);
}

}  // namespace

std::vector<FileRequest> read_toml(Reading& reading, uint32_t file) {
    if (!check_text(reading, file)) return {};
    // a copy: the parser must not see text that moves
    const std::string text = reading.spec.sources.files[file].text;
    if (const Objection objection = Prescan(text).run(); objection.message != nullptr) {
        reading.report(
            "toml-syntax",
            objection.message,
            span_at(reading.spec.sources, file, objection.offset, 1),
            objection.expected,
            "the rest of this file was not read");
        return scan_files(reading.spec.sources, file);
    }
    const toml::parse_result parsed = toml::parse(text, reading.spec.sources.files[file].name);
    TomlReader reader(reading, file);
    if (parsed) return reader.read(parsed.table());
    const toml::parse_error& error = parsed.error();
    const Span place = reader.span(error.source());
    const std::string description = plain_description(error.description(), reading.spec.sources.line(file, place.line));
    const bool twice = description.find("redefine") != std::string::npos;
    reading.report(
        twice ? "duplicate-key" : "toml-syntax",
        description,
        place,
        twice ? "expected each key once" : "",
        twice ? "remove one of the two" : "the rest of this file was not read");
    return scan_files(reading.spec.sources, file);
}

}  // namespace chipchain

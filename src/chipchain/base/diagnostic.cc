#include "chipchain/base/diagnostic.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace chipchain {

uint32_t SourceMap::add(std::string name, std::string text) {
    SourceFile file;
    file.name = std::move(name);
    file.text = std::move(text);
    file.line_starts.push_back(0);
    for (size_t i = 0; i < file.text.size(); ++i) {
        if (file.text[i] == '\n') file.line_starts.push_back(static_cast<uint32_t>(i + 1));
    }
    files.push_back(std::move(file));
    return static_cast<uint32_t>(files.size() - 1);
}

std::string_view SourceMap::line(uint32_t file, uint32_t line) const {
    if (file >= files.size() || line == 0 || line > files[file].line_starts.size()) return {};
    const SourceFile& source = files[file];
    const size_t begin = source.line_starts[line - 1];
    size_t end = line < source.line_starts.size() ? source.line_starts[line] - 1 : source.text.size();
    while (end > begin && (source.text[end - 1] == '\r' || source.text[end - 1] == '\n')) --end;
    return std::string_view(source.text).substr(begin, end - begin);
}

bool has_errors(const Diagnostics& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
        return d.severity == Severity::error;
    });
}

namespace {

constexpr size_t kWidest = 120;      // columns of a source line that are shown
constexpr size_t kBeforeCaret = 60;  // columns kept before the carets of a longer line

struct Glyph {
    size_t bytes = 1;
    char32_t code = 0;
    bool valid = true;
};

// Decodes the UTF-8 sequence at `at`; an invalid byte is one glyph.
Glyph glyph_at(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    if (lead < 0x80) return {1, lead, true};
    const size_t length = lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
    if (length == 0 || lead >= 0xf8 || at + length > text.size()) return {1, 0, false};
    char32_t code = lead & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0U) != 0x80U) return {1, 0, false};
        code = code << 6 | (byte(at + i) & 0x3fU);
    }
    return {length, code, true};
}

struct CodeRange {
    char32_t first;
    char32_t last;
};

template <size_t N>
bool inside(const CodeRange (&ranges)[N], char32_t code) {
    return std::any_of(std::begin(ranges), std::end(ranges), [code](const CodeRange& r) {
        return code >= r.first && code <= r.last;
    });
}

// Columns a terminal gives to a code point (the common ranges of Unicode's East Asian Width and combining marks).
size_t columns_of(char32_t code) {
    constexpr CodeRange kZero[] =
        {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    constexpr CodeRange kWide[] = {
        {0x1100, 0x115f},
        {0x2e80, 0xa4cf},
        {0xac00, 0xd7a3},
        {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},
        {0xff00, 0xff60},
        {0xffe0, 0xffe6},
        {0x1f300, 0x1faff},
        {0x20000, 0x3fffd}};
    if (inside(kZero, code)) return 0;
    return inside(kWide, code) ? 2 : 1;
}

// A source line made fit to print, and the blanks that stand before its carets.
struct Excerpt {
    std::string shown;
    std::string indent;
    size_t carets = 0;
    size_t character_column = 1;  // 1-based, in characters
};

void append_glyph(std::string_view line, size_t at, const Glyph& glyph, std::string& shown) {
    const bool control = glyph.valid && (glyph.code < 0x20 || glyph.code == 0x7f) && glyph.code != '\t';
    if (!glyph.valid || control) {
        shown += '?';
    } else {
        shown += line.substr(at, glyph.bytes);
    }
}

Excerpt make_excerpt(std::string_view line, const Span& span) {
    Excerpt out;
    const size_t first = std::min<size_t>(span.column == 0 ? 0 : span.column - 1, line.size());
    const size_t last = std::min<size_t>(first + span.length, line.size());
    // a long line is cut to a window around the carets
    size_t begin = 0;
    if (line.size() > kWidest && first > kBeforeCaret) {
        begin = first - kBeforeCaret;
        while (begin < first && (static_cast<unsigned char>(line[begin]) & 0xc0U) == 0x80U) ++begin;
        out.shown = "...";
        out.indent = "   ";
    }
    size_t columns = 0;
    size_t at = 0;
    while (at < line.size()) {
        const Glyph glyph = glyph_at(line, at);
        const size_t width = glyph.code == '\t' ? 1 : columns_of(glyph.code);
        if (at < first) ++out.character_column;
        if (at >= begin && columns < kWidest) {
            append_glyph(line, at, glyph, out.shown);
            if (at < first) out.indent += glyph.code == '\t' ? std::string(1, '\t') : std::string(width, ' ');
            if (at >= first && at < last) out.carets += width;
            columns += width;
            if (columns >= kWidest && at + glyph.bytes < line.size()) out.shown += "...";
        }
        at += glyph.bytes;
    }
    out.carets = std::max<size_t>(out.carets, 1);
    return out;
}

struct Paint {
    bool on;
    [[nodiscard]] std::string operator()(const char* code, const std::string& text) const {
        return on ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
    }
};

const char* severity_name(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        case Severity::note:
            return "note";
    }
    return "";
}

const char* severity_color(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "1;31";
        case Severity::warning:
            return "1;33";
        case Severity::note:
            return "1;36";
    }
    return "0";
}

std::string render_place(const Diagnostic& d, const SourceMap& sources, const Paint& paint) {
    if (d.span.file >= sources.files.size()) return {};
    const SourceFile& file = sources.files[d.span.file];
    if (d.span.line == 0) return "  " + paint("1;34", "-->") + " " + file.name + "\n";
    const std::string_view line = sources.line(d.span.file, d.span.line);
    const Excerpt excerpt = make_excerpt(line, d.span);
    const std::string number = std::to_string(d.span.line);
    const std::string gutter(number.size() + 1, ' ');
    std::string out = gutter.substr(1) + paint("1;34", "-->") + " " + file.name + ":" + number + ":" +
                      std::to_string(excerpt.character_column) + "\n";
    out.insert(0, number.size() < 2 ? 2 - number.size() : 0, ' ');
    out += paint("1;34", " " + number + " |");
    out += excerpt.shown.empty() ? "\n" : " " + excerpt.shown + "\n";
    out += paint("1;34", gutter + " |") + " " + excerpt.indent;
    out += paint(
        severity_color(d.severity),
        std::string(excerpt.carets, '^') + (d.expected.empty() ? "" : " " + d.expected));
    return out + "\n";
}

std::string counted(size_t n, const char* word) { return std::to_string(n) + " " + word + (n == 1 ? "" : "s"); }

}  // namespace

std::string render(const Diagnostic& diagnostic, const SourceMap& sources, bool color) {
    const Paint paint{color};
    std::string out = paint(
        severity_color(diagnostic.severity),
        std::string(severity_name(diagnostic.severity)) + "[" + diagnostic.id + "]");
    out += ": " + diagnostic.message + "\n";
    out += render_place(diagnostic, sources, paint);
    if (!diagnostic.help.empty()) out += paint("1;32", "help") + ": " + diagnostic.help + "\n";
    return out;
}

std::string render_all(const Diagnostics& diagnostics, const SourceMap& sources, bool color, size_t most) {
    if (diagnostics.empty()) return {};
    std::vector<size_t> order(diagnostics.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const Span& x = diagnostics[a].span;
        const Span& y = diagnostics[b].span;
        return std::array{x.file, x.line, x.column} < std::array{y.file, y.line, y.column};
    });
    std::string out;
    size_t errors = 0;
    size_t warnings = 0;
    for (size_t i = 0; i < order.size(); ++i) {
        const Diagnostic& d = diagnostics[order[i]];
        errors += d.severity == Severity::error ? 1 : 0;
        warnings += d.severity == Severity::warning ? 1 : 0;
        if (i < most) out += render(d, sources, color) + "\n";
    }
    if (order.size() > most) out += "... and " + std::to_string(order.size() - most) + " more\n";
    if (errors > 0) out += counted(errors, "error");
    if (errors > 0 && warnings > 0) out += ", ";
    if (warnings > 0) out += counted(warnings, "warning");
    if (errors + warnings > 0) out += "\n";
    return out;
}

namespace {

// Optimal string alignment distance, or limit + 1 when it is larger than `limit`.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
    const size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    if (gap > limit) return limit + 1;
    std::vector<size_t> before(b.size() + 1);
    std::vector<size_t> last(b.size() + 1);
    std::vector<size_t> now(b.size() + 1);
    std::iota(last.begin(), last.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        size_t least = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + cost});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
            least = std::min(least, now[j]);
        }
        if (least > limit) return limit + 1;
        before.swap(last);
        last.swap(now);
    }
    return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
    const size_t half = (word.size() + 1) / 2;
    if (half == 0 || word.size() > 200) return {};
    size_t limit = std::min<size_t>(3, half - 1);
    std::string best;
    bool found = false;
    for (const std::string& candidate : candidates) {
        const size_t distance = edit_distance(word, candidate, limit);
        if (distance > limit || (found && distance == limit)) continue;
        // only a strictly nearer candidate may replace this one
        best = candidate;
        found = true;
        limit = distance;
    }
    return best;
}

}  // namespace chipchain

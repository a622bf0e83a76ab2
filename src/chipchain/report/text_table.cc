#include "chipchain/report/text_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace chipchain {

size_t text_width(const std::string& text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string TextTable::render(size_t width) const {
    constexpr size_t kGap = 2;
    std::vector<size_t> widths;
    for (size_t c = 0; c < columns_.size(); ++c) {
        size_t widest = text_width(columns_[c].header);
        for (const auto& row : rows_) widest = std::max(widest, text_width(row[c]));
        widths.push_back(widest);
    }
    std::vector<bool> shown(columns_.size(), true);
    const auto total = [&] {
        size_t sum = 0;
        for (size_t c = 0; c < columns_.size(); ++c) sum += shown[c] ? widths[c] + kGap : 0;
        return sum;
    };
    std::string omitted;
    while (total() > width + kGap) {
        size_t least = columns_.size();
        for (size_t c = 0; c < columns_.size(); ++c) {
            if (!shown[c] || columns_[c].importance == 0) continue;
            if (least == columns_.size() || columns_[c].importance >= columns_[least].importance) least = c;
        }
        if (least == columns_.size()) break;
        shown[least] = false;
        omitted += (omitted.empty() ? "" : ", ") + columns_[least].header;
    }
    std::string out;
    const auto line = [&](auto&& cell) {
        std::string text;
        for (size_t c = 0; c < columns_.size(); ++c) {
            if (!shown[c]) continue;
            const std::string value = cell(c);
            const std::string pad(widths[c] - text_width(value), ' ');
            if (!text.empty()) text += std::string(kGap, ' ');
            text += columns_[c].left ? value + pad : pad + value;
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    };
    line([&](size_t c) { return columns_[c].header; });
    for (const auto& row : rows_) line([&](size_t c) { return row[c]; });
    if (!omitted.empty()) out += fmt::format("(a wider window also shows: {})\n", omitted);
    return out;
}

std::string sparkline(const std::vector<double>& series, size_t width) {
    constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const size_t cells = std::min(width, series.size());
    std::vector<double> means;
    for (size_t i = 0; i < cells; ++i) {
        const size_t from = i * series.size() / cells, to = (i + 1) * series.size() / cells;
        double sum = 0;
        for (size_t k = from; k < to; ++k) sum += series[k];
        means.push_back(sum / static_cast<double>(to - from));
    }
    if (means.empty()) return {};
    const auto [low, high] = std::minmax_element(means.begin(), means.end());
    const double span = *high - *low;
    std::string out;
    for (const double x : means) {
        const double share = span > 0 ? (x - *low) / span : 0;
        out += kBlocks[std::min<size_t>(7, static_cast<size_t>(share * 8))];
    }
    return out;
}

std::string grouped(int64_t value) {
    std::string digits = fmt::format("{}", value < 0 ? -value : value);
    for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return (value < 0 ? "-" : "") + digits;
}

std::string short_number(double value) {
    const double size = std::fabs(value);
    if (!std::isfinite(value)) return "-";
    if (size >= 999.5) return grouped(std::llround(value));
    if (size >= 99.95) return fmt::format("{:.0f}", value);
    if (size >= 9.995) return fmt::format("{:.1f}", value);
    if (size >= 0.0995 || value == 0) return fmt::format("{:.2f}", value);
    return fmt::format("{:.2g}", value);
}

}  // namespace chipchain

// What became of each place of a wafer, panel or board panel: the one form that all map formats (SEMI G85, E142, SVG,
// PNG, the terminal) are written from and read into.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace chipchain {

enum class SubstrateKind : uint8_t { wafer, panel, board_panel };

// Where row 0, column 0 stands when the notch (wafer) or the ID mark (panel) is at the bottom.
enum class MapOrigin : uint8_t { upper_left, upper_right, lower_left, lower_right };

struct MapBin {
    uint8_t code = 0;   // what SubstrateMap::codes holds
    bool pass = false;  // counts as good
    std::string name;   // "good", "edge", "scrapped": unique in a map
};

inline constexpr uint8_t kNullBin = 0xFF;  // no device at this place

// Rows and columns are those of a regular grid; row 0 is the uppermost and column 0 the leftmost (origin upper_left is
// what chipchain makes and writes; readers turn other origins).
struct SubstrateMap {
    SubstrateKind kind = SubstrateKind::wafer;
    std::string substrate_id;  // "LOT1-07"
    std::string lot_id;
    std::string product;
    double width_mm = 300;  // outer size; the diameter of a wafer
    double height_mm = 300;
    double pitch_x_mm = 0;  // from device to device
    double pitch_y_mm = 0;
    double device_x_mm = 0;  // size of a device
    double device_y_mm = 0;
    double first_x_mm = 0;  // lower left corner of the device of row 0, column 0, from the centre of the substrate,
    double first_y_mm = 0;  // y upwards
    double notch_degrees = 270;  // angle of the notch or ID mark from the x axis: 270 is the bottom
    uint32_t rows = 0;
    uint32_t columns = 0;
    std::vector<uint8_t> codes;  // [row * columns + column]: a MapBin::code or kNullBin
    std::vector<MapBin> bins;

    [[nodiscard]] uint8_t at(uint32_t row, uint32_t column) const { return codes[row * columns + column]; }
    // Devices with that code; devices with a code of a passing bin; devices at all.
    [[nodiscard]] uint64_t count(uint8_t code) const;
    [[nodiscard]] uint64_t good() const;
    [[nodiscard]] uint64_t devices() const;
};

}  // namespace chipchain

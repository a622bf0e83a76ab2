// The picture of a map as Scalable Vector Graphics 1.1: one user unit is a millimetre and the page has the true size,
// so that a wafer of 300 mm prints as 300 mm. Coordinates are rounded to 1 um. Each bin is one path with its own class.
#pragma once

#include <string>

#include "chipchain/report/map_picture.h"

namespace chipchain {

[[nodiscard]] std::string map_svg(const MapPicture& picture);

}  // namespace chipchain

#include "chipchain/stats/tally.h"

#include <cmath>

namespace chipchain {

void Tally::merge(const Tally& other) {
    if (other.count_ == 0) {
        return;
    }
    if (count_ == 0) {
        *this = other;
        return;
    }
    const double here = static_cast<double>(count_);
    const double there = static_cast<double>(other.count_);
    const double total = here + there;
    const double distance = other.mean_ - mean_;
    mean_ += distance * (there / total);
    square_sum_ += other.square_sum_ + distance * distance * (here * (there / total));
    count_ += other.count_;
    min_ = other.min_ < min_ ? other.min_ : min_;
    max_ = other.max_ > max_ ? other.max_ : max_;
}

double Tally::std_dev() const { return std::sqrt(variance()); }

}  // namespace chipchain

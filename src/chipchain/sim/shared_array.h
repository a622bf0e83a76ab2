// An array of fixed size whose copies are the same array: what the regions of a line share (sim/regions.h).
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "chipchain/base/huge_pages.h"

namespace chipchain {

template <class T>
class SharedArray {
 public:
    void assign(std::size_t count, const T& value) {
        owner_ = std::make_shared<Storage>(count, value);
        data_ = owner_->data();
        size_ = count;
    }
    void resize(std::size_t count) { assign(count, T()); }
    void take(const std::vector<T>& values) {
        owner_ = std::make_shared<Storage>(values.begin(), values.end());
        data_ = owner_->data();
        size_ = values.size();
    }

    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    [[nodiscard]] std::size_t size() const { return size_; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }

 private:
    using Storage = std::vector<T, HugePages<T>>;
    std::shared_ptr<Storage> owner_;
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace chipchain

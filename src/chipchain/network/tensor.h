// Arrays of numbers as networks use them: a type, a shape, and little-endian bytes in row-major order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chipchain {

// The order is that of the table in tensor.cc, not that of ONNX.
enum class DataType : uint8_t { f32, f64, f16, bf16, u8, s8, u16, s16, u32, s32, u64, s64, u4, s4, boolean, text };

struct DataTypeInfo {
    DataType type;
    std::string_view name;  // "f32", "u8"
    int onnx = 0;           // TensorProto.DataType
    uint32_t bytes = 0;     // of one element in Tensor::bytes; u4 and s4 are held one to a byte; text: 0
};

[[nodiscard]] const DataTypeInfo& info(DataType type);
// The type of ONNX's TensorProto.DataType, or nullptr when it is none of ours (complex, float8, ...). 64 bits wide, as
// attributes are: none of their values may be cut to one of a type.
[[nodiscard]] const DataTypeInfo* find_onnx_type(int64_t onnx);

using Shape = std::vector<int64_t>;  // of a tensor that exists: no negative dimension

// Returns the product of the dimensions, 1 for a scalar; -1 when a dimension is negative or the product of those that
// are not zero exceeds `most` >= 1 (so that no product of some of them overflows).
[[nodiscard]] int64_t element_count(const Shape& shape, int64_t most = int64_t{1} << 40);
[[nodiscard]] std::string shape_text(const Shape& shape);  // "1x3x224x224"; "scalar"

struct Tensor {
    DataType type = DataType::f32;
    Shape shape;
    std::vector<std::byte> bytes;    // element_count(shape) * info(type).bytes
    std::vector<std::string> texts;  // elements of DataType::text

    Tensor() = default;
    Tensor(DataType t, Shape s);  // zeros
    [[nodiscard]] int64_t count() const { return element_count(shape); }
    // The elements; T must have the size of the type's element.
    template <class T>
    [[nodiscard]] std::span<const T> as() const {
        return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
    }
    template <class T>
    [[nodiscard]] std::span<T> as() {
        return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
    }
    bool operator==(const Tensor&) const = default;
};

// SHA-256 of type, shape and bytes, as 64 hexadecimal digits: what a trace and a conformance pack compare.
[[nodiscard]] std::string tensor_hash(const Tensor& tensor);
// SHA-256 of bytes.
[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace chipchain

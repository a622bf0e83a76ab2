#include "chipchain/network/tensor.h"

#include <array>
#include <bit>
#include <cstring>

#include <openssl/evp.h>

#include "chipchain/base/check.h"

namespace chipchain {

// Tensor::bytes are little-endian and are read in place
static_assert(std::endian::native == std::endian::little);

namespace {

// onnx: TensorProto.DataType of onnx.proto (1.12 for 1..16, 1.16 for the 4-bit types)
constexpr std::array<DataTypeInfo, 16> kDataTypes = {{
    {DataType::f32, "f32", 1, 4},
    {DataType::f64, "f64", 11, 8},
    {DataType::f16, "f16", 10, 2},
    {DataType::bf16, "bf16", 16, 2},
    {DataType::u8, "u8", 2, 1},
    {DataType::s8, "s8", 3, 1},
    {DataType::u16, "u16", 4, 2},
    {DataType::s16, "s16", 5, 2},
    {DataType::u32, "u32", 12, 4},
    {DataType::s32, "s32", 6, 4},
    {DataType::u64, "u64", 13, 8},
    {DataType::s64, "s64", 7, 8},
    {DataType::u4, "u4", 21, 1},
    {DataType::s4, "s4", 22, 1},
    {DataType::boolean, "boolean", 9, 1},
    {DataType::text, "text", 8, 0},
}};

constexpr bool rows_stand_in_order() {
    for (size_t i = 0; i < kDataTypes.size(); ++i) {
        if (kDataTypes[i].type != static_cast<DataType>(i)) {
            return false;
        }
    }
    return true;
}
static_assert(rows_stand_in_order());

// SHA-256 over pieces.
class Digest {
 public:
    Digest() : context_(EVP_MD_CTX_new()) {
        CHECK(context_ != nullptr);
        CHECK(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1);
    }
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
    ~Digest() { EVP_MD_CTX_free(context_); }

    void add(const void* data, size_t size) {
        if (size > 0) {
            CHECK(EVP_DigestUpdate(context_, data, size) == 1);
        }
    }
    void add(uint64_t number) { add(&number, sizeof number); }
    // a length before the bytes, so that no two lists of texts look alike
    void add(std::string_view text) {
        add(uint64_t{text.size()});
        add(text.data(), text.size());
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
        unsigned size = 0;
        CHECK(EVP_DigestFinal_ex(context_, value.data(), &size) == 1);
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            text += kDigits[value[i] >> 4];
            text += kDigits[value[i] & 15];
        }
        return text;
    }

 private:
    EVP_MD_CTX* context_;
};

}  // namespace

const DataTypeInfo& info(DataType type) {
    CHECK(static_cast<size_t>(type) < kDataTypes.size());
    return kDataTypes[static_cast<size_t>(type)];
}

const DataTypeInfo* find_onnx_type(int64_t onnx) {
    for (const DataTypeInfo& row : kDataTypes) {
        if (row.onnx == onnx) {
            return &row;
        }
    }
    return nullptr;
}

int64_t element_count(const Shape& shape, int64_t most) {
    int64_t count = 1;
    bool empty = false;
    for (const int64_t dim : shape) {
        if (dim < 0) {
            return -1;
        }
        if (dim == 0) {
            empty = true;
        } else if (dim > most / count) {
            return -1;
        } else {
            count *= dim;
        }
    }
    return empty ? 0 : count;
}

std::string shape_text(const Shape& shape) {
    if (shape.empty()) {
        return "scalar";
    }
    std::string text;
    for (const int64_t dim : shape) {
        text += text.empty() ? "" : "x";
        text += dim < 0 ? "?" : std::to_string(dim);
    }
    return text;
}

Tensor::Tensor(DataType t, Shape s) : type(t), shape(std::move(s)) {
    const int64_t elements = element_count(shape);
    CHECK(elements >= 0);
    bytes.resize(static_cast<size_t>(elements) * info(type).bytes);
    if (type == DataType::text) {
        texts.resize(static_cast<size_t>(elements));
    }
}

std::string tensor_hash(const Tensor& tensor) {
    Digest digest;
    digest.add(info(tensor.type).name);
    digest.add(uint64_t{tensor.shape.size()});
    for (const int64_t dim : tensor.shape) {
        digest.add(static_cast<uint64_t>(dim));
    }
    digest.add(tensor.bytes.data(), tensor.bytes.size());
    for (const std::string& text : tensor.texts) {
        digest.add(std::string_view(text));
    }
    return digest.hex();
}

std::string sha256_hex(std::span<const std::byte> bytes) {
    Digest digest;
    digest.add(bytes.data(), bytes.size());
    return digest.hex();
}

}  // namespace chipchain

#include "chipchain/network/tensor.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

// Is the count exact up to the limit, and refused beyond it and on overflow?
TEST(Tensor, CountsElementsWithoutOverflow) {
    EXPECT_EQ(element_count({}), 1);
    EXPECT_EQ(element_count({2, 3, 4}), 24);
    EXPECT_EQ(element_count({2, 3, 4}, 24), 24);
    EXPECT_EQ(element_count({2, 3, 4}, 23), -1);
    EXPECT_EQ(element_count({3, -1}), -1);
    EXPECT_EQ(element_count({0, -1}), -1);
    EXPECT_EQ(element_count({INT64_MAX, INT64_MAX}), -1);
    EXPECT_EQ(element_count({7, 0, 3}), 0);
    EXPECT_EQ(element_count({INT64_MAX, 0, INT64_MAX}), -1);
    EXPECT_EQ(element_count({int64_t{1} << 32, int64_t{1} << 32}, INT64_MAX), -1);
}

TEST(Tensor, NamesShapes) {
    EXPECT_EQ(shape_text({}), "scalar");
    EXPECT_EQ(shape_text({1, 3, 224, 224}), "1x3x224x224");
    EXPECT_EQ(shape_text({-1, 3}), "?x3");
}

// Does each type map to ONNX's number and back?
TEST(Tensor, TypesGoToOnnxAndBack) {
    for (int i = 0; i < 16; ++i) {
        const DataTypeInfo& row = info(static_cast<DataType>(i));
        ASSERT_NE(find_onnx_type(row.onnx), nullptr);
        EXPECT_EQ(find_onnx_type(row.onnx)->type, row.type);
    }
    EXPECT_EQ(find_onnx_type(0), nullptr);
    EXPECT_EQ(find_onnx_type(14), nullptr);  // complex64
    EXPECT_EQ(find_onnx_type(-5), nullptr);
}

// FIPS 180-4, the examples "abc" and "".
TEST(Tensor, HashIsSha256) {
    const std::string abc = "abc";
    EXPECT_EQ(
        sha256_hex(std::as_bytes(std::span(abc))),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// Does the hash of a tensor tell type, shape and bytes apart, and stay what it was? The digest was computed with
// Python's hashlib over: u64 length and text of the type's name, u64 rank, u64 dimensions, bytes.
TEST(Tensor, HashTellsTypeShapeAndBytes) {
    Tensor tensor(DataType::u8, {2, 3});
    tensor.as<uint8_t>()[4] = 200;
    EXPECT_EQ(tensor_hash(tensor), "5bcf7ee1ae360dbd21f499d96b08234f7d1786196d6ff5412902e370547bd02b");
    Tensor other = tensor;
    other.type = DataType::s8;
    EXPECT_NE(tensor_hash(other), tensor_hash(tensor));
    other = tensor;
    other.shape = {3, 2};
    EXPECT_NE(tensor_hash(other), tensor_hash(tensor));
    other = tensor;
    other.as<uint8_t>()[5] = 1;
    EXPECT_NE(tensor_hash(other), tensor_hash(tensor));
}

}  // namespace
}  // namespace chipchain

#include "tests/chip/oracle.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chipchain/network/onnx_writer.h"
#include "chipchain/spec/testdata.h"

namespace chipchain::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// the names of ONNX Runtime's JavaScript interface
const std::map<DataType, std::string>& type_names() {
    static const std::map<DataType, std::string> names = {
        {DataType::f32, "float32"},
        {DataType::u8, "uint8"},
        {DataType::s8, "int8"},
        {DataType::s32, "int32"},
        {DataType::s64, "int64"},
        {DataType::boolean, "bool"}};
    return names;
}

DataType type_of(const std::string& name) {
    for (const auto& [type, text] : type_names()) {
        if (text == name) return type;
    }
    ADD_FAILURE() << "the oracle answers with elements of type " << name;
    return DataType::u8;
}

std::string program() { return (project_folder() / "tools" / "oracle_ort").string(); }

struct Ran {
    int code = -1;
    std::string text;
};
// output and errors of a command line
Ran run_command(const std::string& command) {
    Ran ran;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return ran;
    char buffer[4096];
    for (size_t got = fread(buffer, 1, sizeof buffer, pipe); got > 0; got = fread(buffer, 1, sizeof buffer, pipe)) {
        ran.text.append(buffer, got);
    }
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    while (!ran.text.empty() && ran.text.back() == '\n') ran.text.pop_back();
    return ran;
}

std::string last_line(const std::string& text) { return text.substr(text.rfind('\n') + 1); }

// a folder that goes away with it
class WorkFolder {
 public:
    WorkFolder() {
        static int count = 0;
        path_ = fs::temp_directory_path() / fmt::format("chipchain-oracle-{}-{}", getpid(), count++);
        fs::create_directories(path_);
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    ~WorkFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

 private:
    fs::path path_;
};

void write_cases(const std::vector<RandomCase>& cases, const fs::path& folder) {
    json list = json::array();
    std::ofstream bytes(folder / "inputs.bin", std::ios::binary);
    size_t offset = 0;
    for (size_t i = 0; i < cases.size(); ++i) {
        const Network& network = cases[i].network;
        const std::string file = fmt::format("{}.onnx", i);
        ASSERT_TRUE(write_onnx(network, folder / file).has_value());
        json runs = json::array();
        for (const std::vector<Tensor>& run : cases[i].runs) {
            json inputs = json::array();
            for (size_t k = 0; k < run.size(); ++k) {
                inputs.push_back(
                    {{"name", network.values[network.inputs[k]].name},
                     {"type", type_names().at(run[k].type)},
                     {"dims", run[k].shape},
                     {"offset", offset},
                     {"bytes", run[k].bytes.size()}});
                bytes.write(
                    reinterpret_cast<const char*>(run[k].bytes.data()),
                    static_cast<std::streamsize>(run[k].bytes.size()));
                offset += run[k].bytes.size();
            }
            runs.push_back(std::move(inputs));
        }
        list.push_back({{"model", file}, {"runs", std::move(runs)}});
    }
    std::ofstream(folder / "cases.json") << list;
}

Tensor read_tensor(const json& entry, const std::string& bytes) {
    Tensor tensor(type_of(entry.at("type").get<std::string>()), entry.at("dims").get<Shape>());
    const auto offset = entry.at("offset").get<size_t>();
    const auto size = entry.at("bytes").get<size_t>();
    EXPECT_EQ(size, tensor.bytes.size());
    EXPECT_LE(offset + size, bytes.size());
    for (size_t i = 0; i < std::min(size, tensor.bytes.size()); ++i)
        tensor.bytes[i] = static_cast<std::byte>(bytes[offset + i]);
    return tensor;
}

std::vector<OracleAnswer> read_answers(const fs::path& folder, std::string_view level) {
    const std::string bytes = read_text(folder / fmt::format("outputs-{}.bin", level));
    const json list = json::parse(read_text(folder / fmt::format("outputs-{}.json", level)));
    std::vector<OracleAnswer> answers;
    for (const json& entry : list) {
        OracleAnswer& answer = answers.emplace_back();
        if (entry.contains("error")) {
            answer.error = entry["error"].get<std::string>();
            continue;
        }
        for (const json& run : entry.at("runs")) {
            std::vector<Tensor>& tensors = answer.runs.emplace_back();
            for (const json& tensor : run) tensors.push_back(read_tensor(tensor, bytes));
        }
    }
    return answers;
}

}  // namespace

std::optional<std::string> Oracle::missing() {
    static const Ran ran = run_command(program() + " install");
    if (ran.code == 0) return std::nullopt;
    return ran.text.empty() ? "tools/oracle_ort could not be started" : last_line(ran.text);
}

std::optional<std::string> Oracle::networks(std::string& why) {
    static const Ran ran = run_command(program() + " models");
    why = last_line(ran.text);
    return ran.code == 0 ? std::optional(why) : std::nullopt;
}

std::vector<OracleAnswer> Oracle::run(const std::vector<RandomCase>& cases, std::string_view level) {
    const WorkFolder folder;
    write_cases(cases, folder.path());
    const Ran ran = run_command(fmt::format("{} run {} {}", program(), folder.path().string(), level));
    EXPECT_EQ(ran.code, 0) << ran.text;
    if (ran.code != 0) return {};
    std::vector<OracleAnswer> answers = read_answers(folder.path(), level);
    EXPECT_EQ(answers.size(), cases.size());
    return answers;
}

bool Oracle::multiplies_mixed_signs() {
#ifdef __x86_64__
    const std::string text = read_text("/proc/cpuinfo");
    return text.find("avx512_vnni") != std::string::npos || text.find("avx_vnni") != std::string::npos;
#else
    return true;
#endif
}

int64_t differing(const Tensor& expected, const Tensor& found) {
    const int64_t count = element_count(expected.shape);
    if (expected.type != found.type || expected.shape != found.shape) return std::max<int64_t>(count, 1);
    const size_t size = info(expected.type).bytes;
    int64_t differ = 0;
    for (size_t i = 0; i < expected.bytes.size(); i += size) {
        const auto at = static_cast<std::ptrdiff_t>(i);
        const auto end = static_cast<std::ptrdiff_t>(i + size);
        differ +=
            std::equal(expected.bytes.begin() + at, expected.bytes.begin() + end, found.bytes.begin() + at) ? 0 : 1;
    }
    return differ;
}

}  // namespace chipchain::testing

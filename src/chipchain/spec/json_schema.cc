#include "chipchain/spec/json_schema.h"

#include <nlohmann/json.hpp>

#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

using Json = nlohmann::ordered_json;

Json choices(std::span<const std::string_view> values) {
    Json out = Json::array();
    for (const std::string_view value : values) out.push_back(std::string(value));
    return out;
}

void add_type(const FieldInfo& field, Json& out) {
    switch (field.type) {
        case FieldType::text:
            out["type"] = "string";
            return;
        case FieldType::name:
            out["type"] = "string";
            out["maxLength"] = 200;
            if (field.required) out["minLength"] = 1;
            return;
        case FieldType::integer:
            out["type"] = "integer";
            break;
        case FieldType::number:
        case FieldType::duration:
        case FieldType::percent:
            out["type"] = "number";
            break;
        case FieldType::flag:
            out["type"] = "boolean";
            return;
        case FieldType::choice:
            out["type"] = "string";
            out["enum"] = choices(field.values);
            return;
        case FieldType::date:
            out["type"] = "string";
            out["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?)?$";
            return;
    }
    if (field.type == FieldType::integer) {
        out["minimum"] = static_cast<int64_t>(field.low);
        out["maximum"] = static_cast<int64_t>(field.high);
    } else {
        out["minimum"] = field.low;
        out["maximum"] = field.high;
    }
}

void add_default(const FieldInfo& field, const Row& row, Json& out) {
    const Value value = field.get(row);
    switch (field.type) {
        case FieldType::text:
        case FieldType::name:
            if (!value.text.empty()) out["default"] = value.text;
            return;
        case FieldType::integer:
            out["default"] = value.integer;
            return;
        case FieldType::number:
        case FieldType::percent:
            if (value.number >= field.low) out["default"] = value.number;
            return;
        case FieldType::duration:
            if (value.integer >= 0)
                out["default"] = static_cast<double>(value.integer) / static_cast<double>(field.unit);
            return;
        case FieldType::flag:
            out["default"] = value.integer != 0;
            return;
        case FieldType::choice:
            if (field.same_as.empty()) out["default"] = std::string(field.values[static_cast<size_t>(value.integer)]);
            return;
        case FieldType::date:
            return;
    }
}

Json table_schema(const TableInfo& table) {
    Json out;
    out["type"] = "object";
    out["description"] = std::string(table.help);
    out["additionalProperties"] = false;
    Json properties = Json::object();
    Json required = Json::array();
    for (const FieldInfo& field : table.fields) {
        Json property;
        property["description"] = std::string(field.help);
        add_type(field, property);
        if (!field.required) add_default(field, table.defaults(), property);
        if (field.required) required.push_back(std::string(field.key));
        properties[std::string(field.key)] = std::move(property);
    }
    out["properties"] = std::move(properties);
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

Json switches_schema() {
    Json out;
    out["type"] = "object";
    out["description"] = "open choices of fab semantics; absent ones are the profile's";
    out["additionalProperties"] = false;
    for (const SwitchInfo& info : switch_table()) {
        out["properties"][std::string(info.name)] = {
            {"description", std::string(info.help)},
            {"type", "string"},
            {"enum", choices(info.values)}};
    }
    return out;
}

Json files_schema() {
    const Json file = {{"type", "string"}, {"minLength", 1}};
    Json out;
    out["type"] = "object";
    out["description"] = "CSV files that hold rows of a table, inside the model's folder";
    out["additionalProperties"] = false;
    for (const TableInfo& table : spec_tables()) {
        if (table.single) continue;
        out["properties"][std::string(table.name)] = {
            {"oneOf", Json::array({file, {{"type", "array"}, {"items", file}}})}};
    }
    return out;
}

}  // namespace

std::string json_schema() {
    Json out;
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    out["title"] = "chipchain model";
    out["type"] = "object";
    out["additionalProperties"] = false;
    out["oneOf"] = Json::array();
    for (const char* head : {"line", "scenario", "overlay", "chip", "fleet"})
        out["oneOf"].push_back({{"required", Json::array({head})}});
    Json properties = Json::object();
    for (const TableInfo& table : spec_tables()) {
        const std::string name(table.name);
        if (table.single) {
            properties[name] = table_schema(table);
            if (name != "line") continue;
            properties["switches"] = switches_schema();
            properties["files"] = files_schema();
        } else {
            properties[name] = {{"type", "array"}, {"items", table_schema(table)}};
        }
    }
    out["properties"] = std::move(properties);
    return out.dump(2) + "\n";
}

}  // namespace chipchain

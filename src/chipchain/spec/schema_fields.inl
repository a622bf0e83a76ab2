// From a member of a row to a FieldInfo; a chapter of schema.cc.

// ---------------------------------------------------------------- access to members

template <auto Member>
struct MemberOf;
template <class R, class T, T R::*Member>
struct MemberOf<Member> {
    using Owner = R;
    using Type = T;
};

template <auto Member>
const auto& member(const Row& row) {
    return static_cast<const typename MemberOf<Member>::Owner&>(row).*Member;
}
template <auto Member>
auto& member(Row& row) {
    return static_cast<typename MemberOf<Member>::Owner&>(row).*Member;
}

template <auto Member>
Value get_member(const Row& row) {
    using T = typename MemberOf<Member>::Type;
    Value v;
    if constexpr (std::is_same_v<T, std::string>) {
        v.text = member<Member>(row);
    } else if constexpr (std::is_same_v<T, double>) {
        v.number = member<Member>(row);
    } else {
        v.integer = static_cast<int64_t>(member<Member>(row));
    }
    return v;
}

template <auto Member>
void set_member(Row& row, Value v) {
    using T = typename MemberOf<Member>::Type;
    if constexpr (std::is_same_v<T, std::string>) {
        member<Member>(row) = std::move(v.text);
    } else if constexpr (std::is_same_v<T, double>) {
        member<Member>(row) = v.number;
    } else {
        member<Member>(row) = static_cast<T>(v.integer);
    }
}

Value integer_value(int64_t n) {
    Value v;
    v.integer = n;
    return v;
}

// the four parts of a DurationSpec; `half` holds the shape when the kind is erlang
template <auto M>
Value get_kind(const Row& row) {
    return integer_value(static_cast<int64_t>(member<M>(row).kind));
}
template <auto M>
void set_kind(Row& row, Value v) {
    member<M>(row).kind = static_cast<DistKind>(v.integer);
}
template <auto M>
Value get_mean(const Row& row) {
    return integer_value(member<M>(row).mean);
}
template <auto M>
void set_mean(Row& row, Value v) {
    member<M>(row).mean = v.integer;
}
template <auto M>
Value get_half(const Row& row) {
    return integer_value(member<M>(row).kind == DistKind::erlang ? 0 : member<M>(row).half);
}
template <auto M>
Value get_shape(const Row& row) {
    return integer_value(member<M>(row).kind == DistKind::erlang ? member<M>(row).half : 0);
}
template <auto M>
void set_half(Row& row, Value v) {
    member<M>(row).half = v.integer;
}

// ---------------------------------------------------------------- one field

constexpr FieldInfo basic(V key, FieldType type, V help) {
    FieldInfo f;
    f.key = key;
    f.type = type;
    f.help = help;
    return f;
}

constexpr FieldInfo with_unit(FieldInfo f) {
    const bool minutes = f.key.ends_with("_min");
    const bool hours = f.key.ends_with("_h");
    f.unit = minutes ? kMinute : hours ? kHour : kDay;
    f.unit_name = minutes ? "min" : hours ? "h" : "d";
    f.high = static_cast<double>(kLongest / f.unit);
    return f;
}

template <auto M>
constexpr FieldInfo plain(V key, FieldType type, V help) {
    FieldInfo f = basic(key, type, help);
    f.get = &get_member<M>;
    f.set = &set_member<M>;
    return f;
}

template <auto M>
constexpr FieldInfo text(V key, V help) {
    return plain<M>(key, FieldType::text, help);
}
template <auto M>
constexpr FieldInfo name(V key, V help) {
    return plain<M>(key, FieldType::name, help);
}
template <auto M>
constexpr FieldInfo integer(V key, double low, double high, V help) {
    return plain<M>(key, FieldType::integer, help).range(low, high);
}
template <auto M>
constexpr FieldInfo number(V key, double low, double high, V help) {
    return plain<M>(key, FieldType::number, help).range(low, high);
}
template <auto M>
constexpr FieldInfo percent(V key, V help) {
    return plain<M>(key, FieldType::percent, help).range(0, 100);
}
template <auto M>
constexpr FieldInfo flag(V key, V help) {
    return plain<M>(key, FieldType::flag, help);
}
template <auto M>
constexpr FieldInfo date(V key, V help) {
    return plain<M>(key, FieldType::date, help);
}
template <auto M>
constexpr FieldInfo duration(V key, V help) {
    return with_unit(plain<M>(key, FieldType::duration, help));
}
template <auto M>
constexpr FieldInfo choice(V key, std::span<const V> values, V help) {
    FieldInfo f = plain<M>(key, FieldType::choice, help);
    f.values = values;
    return f;
}

constexpr V kDist[] = {"constant", "uniform", "exponential", "triangular", "lognormal", "erlang"};
constexpr V kHalfHelp =
    "half width of a uniform or triangular, standard deviation of a lognormal; absent for the other distributions";
constexpr V kShapeHelp = "shape of an erlang: number of exponential phases; absent for the other distributions";

template <auto M>
constexpr FieldInfo dist(V key, V help) {
    FieldInfo f = basic(key, FieldType::choice, help);
    f.get = &get_kind<M>;
    f.set = &set_kind<M>;
    f.values = kDist;
    f.starts_distribution = true;
    return f;
}
template <auto M>
constexpr FieldInfo mean(V key, V help) {
    FieldInfo f = with_unit(basic(key, FieldType::duration, help));
    f.get = &get_mean<M>;
    f.set = &set_mean<M>;
    return f;
}
template <auto M>
constexpr FieldInfo half(V key) {
    FieldInfo f = with_unit(basic(key, FieldType::duration, kHalfHelp));
    f.get = &get_half<M>;
    f.set = &set_half<M>;
    return f;
}
template <auto M>
constexpr FieldInfo shape(V key) {
    FieldInfo f = basic(key, FieldType::integer, kShapeHelp).range(0, 1000);
    f.get = &get_shape<M>;
    f.set = &set_half<M>;
    return f;
}

//! The revisit that loads and comparisons are measured with: 21 fields of a household and two members.

/// 13 fields of a household that a revisit answers, each with what it may say.
pub const FIELDS: &[(&str, &[&str])] = &[
    ("tenure_status", &["1", "2", "3"]),
    ("floor_area", &["21", "45", "54", "72"]),
    ("floor_material", &["1", "2", "5", "8"]),
    ("wall_material", &["2", "3", "4"]),
    ("roof_material", &["2", "3", "4"]),
    ("drinking_water_source", &["2", "4", "5", "7"]),
    ("lighting_source", &["2", "3", "4"]),
    ("cooking_fuel", &["4", "10", "2"]),
    ("toilet_facility", &["2", "3", "6"]),
    ("asset_motorcycle", &["1", "2"]),
    ("asset_television", &["1", "2"]),
    ("is_well_off", &["1", "2"]),
    ("rt", &["002", "003", "004", "005"]),
];
/// 4 fields of each of two members.
pub const MEMBER: &[(&str, &[&str])] = &[
    ("marital_status", &["1", "3", "4"]),
    ("school_participation", &["2", "3"]),
    ("worked_last_week", &["1", "2"]),
    (
        "mother_maiden_name",
        &["SRI", "WATI", "NURHAYATI", "KARTINI"],
    ),
];

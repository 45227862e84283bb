//! One day's work: 20 revisits of 21 changed fields, bytes sent against zstd-19 of the bare values.

use crate::{Line, data};
use lawang_domain::FieldPath;
use lawang_tests::{network::Faults, world::World};
use serde_json::{Map, Value, json};

const REVISITS: usize = 20;

/// 21 fields that a revisit changes: of the household, and of two members.
const FIELDS: &[(&str, &[&str])] = &[
    ("tenure_status", &["1", "2", "3"]),
    ("floor_area", &["21", "45", "54", "72"]),
    ("floor_material", &["1", "2", "5", "8"]),
    ("wall_material", &["2", "3", "4"]),
    ("roof_material", &["2", "3", "4"]),
    ("drinking_water_source", &["2", "4", "5", "7"]),
    ("lighting_source", &["2", "3", "4"]),
    ("cooking_fuel", &["4", "10", "2"]),
    ("toilet_facility", &["2", "3", "6"]),
    ("asset_motorcycle", &["2"]),
    ("asset_television", &["2"]),
    ("is_well_off", &["1", "2"]),
    ("rt", &["002", "003", "004", "005"]),
];
const MEMBER: &[(&str, &[&str])] = &[
    ("marital_status", &["1", "3", "4"]),
    ("school_participation", &["2", "3"]),
    ("worked_last_week", &["2"]),
    (
        "mother_maiden_name",
        &["SRI", "WATI", "NURHAYATI", "KARTINI"],
    ),
];

pub fn run() -> Vec<Line> {
    let mut world = World::new(7, 60, 1);
    world
        .exchange(0, Faults::default())
        .expect("first exchange");
    let mut bare = Vec::new();
    {
        let mut device = world.tablets[0].device.lock().expect("a device");
        let households = device.all_households().expect("households");
        for household in households.iter().take(REVISITS) {
            world.tablets[0].environment.advance(17 * 60_000);
            let members = device
                .state(*household)
                .expect("state")
                .of("members")
                .to_vec();
            let mut answers: Vec<(FieldPath, String)> = FIELDS
                .iter()
                .map(|(key, values)| {
                    (
                        FieldPath::household(*key),
                        (*world.chance.of(values)).to_owned(),
                    )
                })
                .collect();
            for member in members.iter().take(2) {
                for (key, values) in MEMBER {
                    answers.push((
                        FieldPath::of("members", *member, *key),
                        (*world.chance.of(values)).to_owned(),
                    ));
                }
            }
            let mut object: Map<String, Value> = answers
                .iter()
                .map(|(path, value)| (path.to_string(), json!(value)))
                .collect();
            object.insert("household".into(), json!(household.to_string()));
            bare.push(Value::Object(object));
            device.give(*household, None, &answers).expect("saved");
        }
    }
    let report = world
        .exchange(0, Faults::default())
        .expect("the evening's exchange");
    assert!(
        report.agreed && report.pushed as usize == REVISITS,
        "{report:?}"
    );
    let bare = zstd::bulk::compress(&serde_json::to_vec(&bare).expect("JSON"), 19)
        .expect("compressed")
        .len();
    let line = Line {
        what: "one day: 20 revisits of 21 fields, bytes up / zstd-19 of the values".into(),
        ours: format!("{} B", report.progress.bytes_up),
        baseline: format!("{bare} B"),
        ratio: report.progress.bytes_up as f64 / bare as f64,
        limit: Some(3.0),
    };
    line.print();
    let _ = data::now();
    vec![line]
}

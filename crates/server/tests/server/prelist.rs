use crate::common::*;
use lawang_domain::{FieldPath, InstanceId};
use lawang_records::Record;

fn member(person: &str, key: &str) -> String {
    FieldPath::of("members", InstanceId::from_person(person), key).to_string()
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let server = server();
    let csv = prelist(&[
        ("R1", HERE, "P1", &[("rt", "001")]),
        ("R2", HERE, "P2", &[]),
    ]);
    let first = import(&server, &csv);
    assert_eq!(
        (
            first.imported,
            first.updated,
            first.unchanged,
            first.persons
        ),
        (2, 0, 0, 2)
    );
    let second = import(&server, &csv);
    assert_eq!(
        (second.imported, second.updated, second.unchanged),
        (0, 0, 2)
    );
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    assert_eq!(tablet.hello(&server, 0).head, 0);
}

#[test]
fn a_newer_prelist_keeps_a_field_edit_and_makes_the_difference_a_conflict() {
    let server = server();
    let csv = |rt: &str, floor: &str| {
        prelist(&[("R1", HERE, "P1", &[("rt", rt), ("floor_material", floor)])])
    };
    import(&server, &csv("001", "8"));
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    tablet.edit(&server, home("R1"), "floor_material", "1");

    let report = import(&server, &csv("007", "6"));
    assert_eq!(
        (report.imported, report.updated, report.unchanged),
        (0, 1, 0)
    );
    let view = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(
        view.answer("rt"),
        "007",
        "nobody in the field said otherwise"
    );
    assert!(
        view.conflicts.contains("floor_material"),
        "both values wait for a person"
    );

    // The tablet gets the register's word like any other change, and its own edit survives there too.
    let mut record = tablet.record(&server, home("R1"));
    tablet.write(&mut record, &[put("floor_material", "1")]);
    tablet.hello(&server, 1);
    let (_, body) = tablet.pull(&server, 0, u32::MAX);
    assert_eq!(body.authors[0].role, "register");
    for entry in &body.entries {
        record.apply(&entry.change).unwrap();
    }
    let state = record.state().unwrap();
    let values: Vec<_> = state
        .conflicts()
        .flat_map(|(_, v)| v.iter().map(|v| v.text.as_str()))
        .collect();
    assert_eq!(values.len(), 2);
    assert!(values.contains(&"1") && values.contains(&"6"));
}

#[test]
fn a_prelist_that_says_what_the_field_said_makes_no_conflict() {
    let server = server();
    let csv = |floor: &str| prelist(&[("R1", HERE, "P1", &[("floor_material", floor)])]);
    import(&server, &csv("8"));
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    tablet.edit(&server, home("R1"), "floor_material", "1");
    import(&server, &csv("1"));
    let view = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(
        (view.answer("floor_material"), view.conflicts.len()),
        ("1", 0)
    );
}

#[test]
fn new_persons_are_added_changed_ones_updated_and_missing_ones_stay() {
    let server = server();
    let first = prelist(&[
        ("R1", HERE, "P1", &[("name", "Siti")]),
        (
            "R1",
            HERE,
            "P2",
            &[("name", "Budi"), ("birth_place", "Metro")],
        ),
    ]);
    import(&server, &first);
    let second = prelist(&[
        ("R1", HERE, "P2", &[("name", "Budi Santoso")]),
        ("R1", HERE, "P3", &[("name", "Wati")]),
    ]);
    assert_eq!(import(&server, &second).updated, 1);
    let view = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(view.present("members").len(), 3);
    assert_eq!(view.fields[&member("P1", "name")], "Siti");
    assert_eq!(view.fields[&member("P2", "name")], "Budi Santoso");
    assert_eq!(
        view.fields[&member("P2", "birth_place")],
        "",
        "an emptied cell is news as well"
    );
    assert_eq!(view.fields[&member("P3", "name")], "Wati");
    assert_eq!(import(&server, &second).unchanged, 1);
    // Three files, one chain: the next difference is again taken from what the register said last.
    import(&server, &first);
    let view = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(view.fields[&member("P2", "name")], "Budi");
    assert_eq!(view.conflicts.len(), 0);
}

#[test]
fn a_household_that_the_register_moved_to_another_village_is_refused_and_left_as_it_is() {
    let server = server();
    import(&server, &prelist(&[("R1", HERE, "P1", &[("rt", "001")])]));
    let report = import(&server, &prelist(&[("R1", THERE, "P1", &[("rt", "002")])]));
    assert_eq!((report.updated, report.unchanged), (0, 0));
    assert_eq!(report.refused[0].code, "village_changed");
    assert_eq!(
        server.household(home("R1")).unwrap().unwrap().answer("rt"),
        "001"
    );
}

#[test]
fn refused_rows_are_reported_with_row_column_and_reason_and_the_rest_is_imported() {
    let server = server();
    let csv = prelist(&[
        ("R1", HERE, "P1", &[]),
        ("R2", "18.09.01.2999", "P2", &[]),
        ("R3", HERE, "P3", &[("birth_date", "2020-02-30")]),
    ]);
    let report = import(&server, &csv);
    assert_eq!(report.imported, 1);
    let found: Vec<_> = report
        .refused
        .iter()
        .map(|r| (r.row, r.column.as_str(), r.code))
        .collect();
    assert_eq!(
        found,
        [
            (3, "village_code", "unknown_region"),
            (4, "birth_date", "impossible_date")
        ]
    );
    let error = server
        .import_prelist(b"a,b\n1,2\n", NOW, &mut |_, _| {})
        .unwrap_err();
    assert_eq!(error.code(), "no_header");
}

#[test]
fn tables_built_anew_from_the_logs_are_the_tables_that_were_there() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    tablet.edit(&server, home("R1"), "floor_material", "1");
    import(
        &server,
        &prelist(&[("R1", HERE, "P1", &[("floor_material", "6")])]),
    );
    let lines = || {
        let mut out = Vec::new();
        server
            .households(None, true, &mut |line| {
                out.push(serde_json::to_string(&line).unwrap());
                Ok(())
            })
            .unwrap();
        out
    };
    let before = lines();
    assert_eq!(server.rebuild().unwrap(), 1);
    assert_eq!(lines(), before);
    let view = server.household(home("R2")).unwrap().unwrap();
    let row = server.row(home("R2")).unwrap().unwrap();
    let state = Record::genesis(&row).unwrap().state().unwrap();
    assert_eq!(view, lawang_server::Projection::of_state(&state));
}

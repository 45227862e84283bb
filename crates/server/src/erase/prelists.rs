//! Newer prelists of records that began anew: the register's word is told from answers of the field.

use super::said::Word;
use crate::common::*;
use crate::{EraseTarget, Server, household, store::params};
use lawang_domain::{FieldPath, InstanceId, Role};
use lawang_records::{KEY_SAID, Row, State};

fn list(address: &str, rt: &str, floor: &str) -> Vec<u8> {
    let cells: &[(&str, &str)] = &[("address", address), ("rt", rt), ("floor_material", floor)];
    let other: &[(&str, &str)] = &[
        ("address", address),
        ("rt", rt),
        ("floor_material", floor),
        ("name", "Budi"),
    ];
    prelist(&[("R1", HERE, "P1", cells), ("R1", HERE, "P2", other)])
}

fn record(server: &Server) -> lawang_records::Record {
    let load =
        |tx: &crate::store::Tx<'_>| Ok(household::from_logs(tx, home("R1"))?.unwrap().record);
    server.store.read(load).unwrap()
}

fn values(state: &State, key: &str) -> Vec<String> {
    let mut all: Vec<String> = state.fields[&FieldPath::household(key)]
        .iter()
        .map(|value| value.text.clone())
        .collect();
    all.sort();
    all
}

/// Both ways in which a record begins anew.
fn each_way(test: impl Fn(&dyn Fn(&Server))) {
    test(&|server| {
        assert_eq!(server.compact(None, 1, NOW).unwrap().left, 0);
    });
    test(&|server| {
        let person = EraseTarget::Person(InstanceId::from_person("P2"));
        server.erase(person, "request", "tests", NOW).unwrap();
    });
}

#[test]
fn a_newer_prelist_stands_beside_an_answer_with_which_a_record_began_anew() {
    on_both(|| {
        each_way(|begin_anew| {
            let server = server();
            import(&server, &list("Dusun Lama", "001", "8"));
            let ani = Tablet::enrol_named(&server, 1, &[HERE], Role::Enumerator, "Ani");
            let budi = Tablet::enrol_named(&server, 2, &[HERE], Role::Enumerator, "Budi");
            ani.edit(&server, home("R1"), "address", "Dusun Sebenarnya");
            budi.edit(&server, home("R1"), "floor_material", "1");
            begin_anew(&server);
            import(&server, &list("Dusun Daftar", "007", "8"));

            let state = record(&server).state().unwrap();
            assert_eq!(
                values(&state, "address"),
                ["Dusun Daftar", "Dusun Sebenarnya"]
            );
            assert_eq!(
                values(&state, "rt"),
                ["007"],
                "nobody in the field said otherwise"
            );
            assert_eq!(
                values(&state, "floor_material"),
                ["1"],
                "the register says nothing new"
            );
            let path = FieldPath::household("address");
            let by: Vec<String> = server
                .store
                .read(|tx| {
                    let changes = state.fields[&path].iter().map(|value| value.change.0);
                    changes
                        .map(|hash| {
                            let sql = "SELECT person FROM change_log WHERE hash = ?1";
                            tx.one(sql, params![hash], |r| r.get(0))
                        })
                        .collect()
                })
                .unwrap();
            assert!(by.contains(&"Ani".to_owned()), "{by:?}");
            let found = server.household(home("R1")).unwrap().unwrap();
            assert!(found.conflicts.contains("address"));

            // And the next one takes the place of the register's own word alone.
            import(&server, &list("Dusun Baru", "007", "6"));
            let state = record(&server).state().unwrap();
            assert_eq!(
                values(&state, "address"),
                ["Dusun Baru", "Dusun Sebenarnya"]
            );
            assert_eq!(values(&state, "floor_material"), ["1", "6"]);
            server.verify_log().unwrap().unwrap();
        });
    });
}

#[test]
fn what_the_register_said_is_known_after_a_record_began_anew_twice() {
    on_both(|| {
        let server = server();
        import(&server, &list("Dusun Lama", "001", "8"));
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        tablet.edit(&server, home("R1"), "address", "Dusun Sebenarnya");
        server.compact(None, 1, NOW).unwrap();
        tablet.edit(&server, home("R1"), "rw", "003");
        server.compact(None, 1, NOW).unwrap();
        let record = record(&server);
        assert_eq!(record.register().unwrap().answer("address"), "Dusun Lama");
        assert_eq!(record.register().unwrap().answer("rw"), "");
        assert_eq!(
            record.state().unwrap().answer("address"),
            "Dusun Sebenarnya"
        );
        // Devices take the very same from the row, and see nothing of how it is kept.
        let row = &tablet.rows(&server, HERE).unwrap()[0];
        assert!(row.answers.contains_key(KEY_SAID));
        let there = tablet.record(&server, home("R1"));
        assert_eq!(there.register().unwrap(), record.register().unwrap());
        let found = server.household(home("R1")).unwrap().unwrap();
        assert!(found.fields.keys().all(|key| !key.contains(KEY_SAID)));
        // Nothing new in the register: nothing is written.
        let again = list("Dusun Lama", "001", "8");
        assert_eq!(import(&server, &again).unchanged, 1);
    });
}

#[test]
fn who_said_the_same_as_the_register_is_not_overruled_by_it_later() {
    on_both(|| {
        let server = server();
        import(&server, &list("Dusun Lama", "001", "8"));
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        tablet.edit(&server, home("R1"), "floor_material", "1");
        import(&server, &list("Dusun Lama", "001", "1"));
        server.compact(None, 1, NOW).unwrap();
        import(&server, &list("Dusun Lama", "001", "6"));
        let state = record(&server).state().unwrap();
        assert_eq!(values(&state, "floor_material"), ["1", "6"]);
    });
}

#[test]
fn an_answer_that_somebody_replaced_knowingly_does_not_come_back_with_a_newer_prelist() {
    on_both(|| {
        let server = server();
        import(&server, &list("Dusun Lama", "001", "8"));
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        tablet.edit(&server, home("R1"), "floor_material", "1");
        server.compact(None, 1, NOW).unwrap();
        tablet.edit(&server, home("R1"), "floor_material", "2");
        import(&server, &list("Dusun Lama", "001", "6"));
        let state = record(&server).state().unwrap();
        assert_eq!(values(&state, "floor_material"), ["2", "6"]);
    });
}

#[test]
fn what_stands_open_between_people_is_no_word_of_the_register_after_an_erasure() {
    on_both(|| {
        let server = server();
        import(&server, &list("Dusun Lama", "001", "8"));
        let a = Tablet::enrol(&server, 1, &[HERE]);
        let b = Tablet::enrol(&server, 2, &[HERE]);
        let (mut one, mut two) = (a.record(&server, home("R1")), b.record(&server, home("R1")));
        let first = a.write(&mut one, &[put("floor_material", "1")]);
        let second = b.write(&mut two, &[put("floor_material", "2")]);
        a.push(&server, &[(home("R1"), &first)]).unwrap();
        b.push(&server, &[(home("R1"), &second)]).unwrap();
        let person = EraseTarget::Person(InstanceId::from_person("P2"));
        server.erase(person, "request", "tests", NOW).unwrap();
        let state = record(&server).register().unwrap();
        assert_eq!(state.answer("floor_material"), "8");
        import(&server, &list("Dusun Lama", "001", "6"));
        let state = record(&server).state().unwrap();
        assert_eq!(values(&state, "floor_material"), ["1", "2", "6"]);
    });
}

/// Takes out of a row who said what, as servers before this one made it.
fn as_it_was(server: &Server) {
    let old = |tx: &crate::store::Tx<'_>| {
        let mut row: Row = household::row_of(tx, home("R1"))?.unwrap();
        row.answers.remove(KEY_SAID);
        for instance in &mut row.instances {
            instance.fields.remove(KEY_SAID);
        }
        let bytes = row.to_bytes();
        tx.execute(
            "UPDATE row_log SET body = ?2, digest = ?3 WHERE household = ?1",
            params![home("R1").as_bytes(), bytes, Row::digest(&bytes)],
        )?;
        tx.execute("UPDATE household SET doc = NULL", params![])
            .map(|_| ())
    };
    server.store.write(old).unwrap();
}

#[test]
fn in_a_record_that_began_anew_before_rows_said_who_said_what_nothing_is_overwritten() {
    on_both(|| {
        let server = server();
        import(&server, &list("Dusun Lama", "001", "8"));
        let ani = Tablet::enrol_named(&server, 1, &[HERE], Role::Enumerator, "Ani");
        let change = ani.write(
            &mut ani.record(&server, home("R1")),
            &[put("address", "Dusun Sebenarnya"), put("phone", "0811")],
        );
        ani.push(&server, &[(home("R1"), &change)]).unwrap();
        server.compact(None, 1, NOW).unwrap();
        as_it_was(&server);
        import(&server, &list("Dusun Daftar", "001", "8"));
        let state = record(&server).state().unwrap();
        assert_eq!(
            values(&state, "address"),
            ["Dusun Daftar", "Dusun Sebenarnya"]
        );
        assert_eq!(values(&state, "rt"), ["001"]);
        assert_eq!(state.answer("phone"), "0811");
        let count = |tx: &crate::store::Tx<'_>| {
            let record = household::from_logs(tx, home("R1"))?.unwrap();
            Ok(Word::of(tx, &record)?.said.told)
        };
        assert!(!server.store.read(count).unwrap());
        let open = state.conflicts().count();
        assert_eq!(
            open, 1,
            "only what the register says otherwise waits for a person"
        );
        // Beginning anew once more, it says so from then on.
        let person = EraseTarget::Person(InstanceId::from_person("P2"));
        server.erase(person, "request", "tests", NOW).unwrap();
        assert!(record(&server).said().unwrap().told);
    });
}

#[test]
fn a_record_that_only_the_register_wrote_takes_a_newer_prelist_without_asking_anybody() {
    on_both(|| {
        let server = server();
        import(&server, &list("Dusun Lama", "001", "8"));
        import(&server, &list("Dusun Baru", "001", "8"));
        assert_eq!(server.compact(None, 1, NOW).unwrap().records, 1);
        import(&server, &list("Dusun Daftar", "001", "6"));
        let state = record(&server).state().unwrap();
        assert_eq!(values(&state, "address"), ["Dusun Daftar"]);
        assert_eq!(values(&state, "floor_material"), ["6"]);
    });
}

//! A measurement, not a test: how many changes a second one thread takes in, with all checks, on each engine.
//! `cargo test -p lawang-server --profile measure --test server --test server_postgres -- --ignored --nocapture figures`

use crate::common::*;
use lawang_records::NewChange;
use lawang_server::Server;
use lawang_sync::Verdict;
use std::time::Instant;

const HOUSEHOLDS: usize = 400;
const ROUNDS: usize = 6;

#[test]
#[ignore = "a measurement"]
fn figures_of_ingest() {
    let dir = tempfile::tempdir().unwrap();
    let server = match env!("CARGO_CRATE_NAME") {
        "server_postgres" => {
            let url = crate::cluster::fresh_database();
            // As in use, not as in tests.
            crate::cluster::run(&url, "ALTER SYSTEM SET fsync = on");
            crate::cluster::run(&url, "SELECT pg_reload_conf(), pg_sleep(0.5)");
            Server::open_database(&url, Some(dir.path()), &Default::default()).unwrap()
        }
        _ => Server::open(dir.path(), &Default::default()).unwrap(),
    };
    let ids: Vec<String> = (0..HOUSEHOLDS).map(|n| format!("R{n}")).collect();
    let persons: Vec<Person<'_>> = ids
        .iter()
        .map(|id| (id.as_str(), HERE, "P1", &[("name", "Siti")] as &[_]))
        .collect();
    let persons: Vec<(String, &Person<'_>)> = ids
        .iter()
        .map(|id| format!("P{id}"))
        .zip(&persons)
        .collect();
    let persons: Vec<Person<'_>> = persons
        .iter()
        .map(|(person, p)| (p.0, p.1, person.as_str(), p.3))
        .collect();
    let started = Instant::now();
    assert_eq!(import(&server, &prelist(&persons)).imported, HOUSEHOLDS);
    let imported = started.elapsed();
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut records: Vec<_> = ids
        .iter()
        .map(|id| (home(id), tablet.record(&server, home(id))))
        .collect();
    let mut took = std::time::Duration::ZERO;
    for round in 0..ROUNDS {
        for some in records.chunks_mut(200) {
            let changes: Vec<(lawang_domain::HouseholdId, NewChange)> = some
                .iter_mut()
                .map(|(id, record)| (*id, tablet.write(record, &[put("rt", &format!("{round}"))])))
                .collect();
            let changes: Vec<_> = changes.iter().map(|(id, change)| (*id, change)).collect();
            let batch = tablet.batch(&[], &changes);
            let started = Instant::now();
            let verdicts = tablet.send(&server, &batch).unwrap();
            took += started.elapsed();
            assert!(verdicts.iter().all(|v| matches!(v, Verdict::Accepted(_))));
        }
    }
    let changes = HOUSEHOLDS * ROUNDS;
    println!(
        "{}: {HOUSEHOLDS} households imported in {:.2} s; {changes} changes in batches of 200 in {:.2} s, {:.0} a second",
        env!("CARGO_CRATE_NAME"),
        imported.as_secs_f64(),
        took.as_secs_f64(),
        changes as f64 / took.as_secs_f64()
    );
}

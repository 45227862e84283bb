//! Findings in the store: moved with the district, and gone from its pages with those who are erased.

use crate::{
    EraseTarget, Server,
    cluster::fresh_database,
    common::{HERE, NOW, codes, home, on_both, server, village},
    server::Options,
    store::Store,
};
use lawang_domain::InstanceId;
use std::io::Cursor;

const EXTRACT: &str =
    "nik,name,sex,birth_date,status\n1809015708909001,WATI,2,1990-08-17,deceased\n";

fn import(server: &Server) {
    let date = Some("2026-11-01".parse().unwrap());
    let report = server
        .import_dukcapil(Cursor::new(EXTRACT), date, NOW, &mut |_, _, _| {})
        .unwrap();
    assert_eq!((report.persons.deterministic, report.written.new), (1, 3));
}

#[test]
fn a_district_that_moves_takes_its_findings_and_their_packages_along() {
    let dir = tempfile::tempdir().unwrap();
    let old = Server::open(dir.path(), &Options::default()).unwrap();
    village(&old);
    import(&old);
    let here = codes(&[HERE])[0];
    let before = old.findings(here).unwrap();
    assert_eq!(before.len(), 3);
    let tablet =
        crate::common::Tablet::enrol_as(&old, 9, &[HERE], lawang_domain::Role::VillageVerifier);
    let offered = tablet.hello(&old, 0).findings;
    let url = fresh_database();
    let store = Store::open(dir.path(), None, &|| Ok([7; 32])).unwrap();
    let report = store.move_to(&url, &mut |_| {}).unwrap();
    let lines = |name: &str| {
        report
            .tables
            .iter()
            .find(|t| t.table == name)
            .unwrap()
            .lines
    };
    assert_eq!(
        (
            lines("finding"),
            lines("finding_package"),
            lines("finding_import")
        ),
        (3, 1, 1)
    );
    let new = Server::open_database(&url, Some(dir.path()), &Options::default()).unwrap();
    assert_eq!(new.findings(here).unwrap(), before);
    assert_eq!(tablet.hello(&new, 0).findings, offered);
}

fn pages(server: &Server) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pages.db");
    server.store.pages_to(&file).unwrap();
    std::fs::read(file).unwrap()
}

#[test]
fn no_page_of_the_database_says_anything_of_a_person_who_was_erased() {
    on_both(|| {
        let server = server();
        village(&server);
        import(&server);
        // Of this person alone something is flagged.
        let says = |bytes: &[u8]| bytes.windows(8).any(|w| w == b"deceased");
        assert!(says(&pages(&server)));
        server
            .erase(
                EraseTarget::Person(InstanceId::from_person("P3")),
                "r",
                "t",
                NOW,
            )
            .unwrap();
        assert!(!says(&pages(&server)));
        let left = server.findings(codes(&[HERE])[0]).unwrap();
        assert!(left.len() == 2 && left.iter().all(|l| l.household == home("R1")));
    });
}

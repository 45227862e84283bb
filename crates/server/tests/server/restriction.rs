//! Restriction of processing at the server: in no list, no export and no prelist, and no device writes meanwhile.

use crate::common::*;
use lawang_domain::{FieldPath, InstanceId};
use lawang_records::Write;
use lawang_server::{Server, admin::ExportFormat};
use lawang_sync::Verdict;
use std::io::Cursor;

const SAID: (&str, &str) = ("request 4", "tests");

fn exported(server: &Server) -> String {
    let mut out = Cursor::new(Vec::new());
    server
        .export(ExportFormat::Csv, None, true, &mut out)
        .unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

#[test]
fn what_is_restricted_is_in_no_export_and_no_list_and_comes_back_when_lifted() {
    let server = server();
    village(&server);
    let before = exported(&server);
    assert!(before.contains("Siti Aminah") && before.contains("1809015708909001"));
    let restrict = |household, person, on| {
        let done = server.restrict(home(household), person, on, SAID, NOW);
        done.unwrap()
    };
    let budi = InstanceId::from_person("P2");
    assert!(restrict("R2", None, true));
    assert!(!restrict("R2", None, true), "it stands so already");
    assert!(restrict("R1", Some(budi), true));
    let meanwhile = exported(&server);
    for (text, there) in [
        ("Siti Aminah", true),
        ("Agus", true),
        ("Budi", false),
        ("Wati", false),
        ("1809015708909001", false),
    ] {
        assert_eq!(meanwhile.contains(text), there, "{text}");
    }
    let mut lines = Vec::new();
    server
        .households(None, true, &mut |line| {
            lines.push(line);
            Ok(())
        })
        .unwrap();
    let line = lines.iter().find(|l| l.household == home("R2")).unwrap();
    assert!(line.restricted && line.head.is_empty() && line.members == 0);
    // The next prelist leaves it as it is, and says so.
    let csv = prelist(&[("R2", HERE, "P3", &[("name", "Wati Baru")])]);
    let report = import(&server, &csv);
    assert_eq!((report.updated, report.refused[0].code), (0, "restricted"));
    // A rebuild reads it from the log.
    server.rebuild().unwrap();
    assert_eq!(exported(&server), meanwhile);
    assert!(restrict("R2", None, false));
    assert!(restrict("R1", Some(budi), false));
    assert_eq!(exported(&server), before);
    let said = server.restrictions().unwrap();
    let on: Vec<bool> = said.iter().map(|line| line.restricted).collect();
    assert_eq!(on, [true, true, false, false]);
    server.verify_log().unwrap().unwrap();
}

#[test]
fn a_change_to_what_is_restricted_is_kept_in_quarantine_and_the_rest_of_the_household_goes_on() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let budi = InstanceId::from_person("P2");
    let unknown = server.restrict(home("R2"), Some(budi), true, SAID, NOW);
    assert_eq!(unknown.unwrap_err().code(), "not_known");
    let missing = server.restrict(home("R1"), Some(budi), true, (" ", "tests"), NOW);
    assert_eq!(missing.unwrap_err().code(), "reason_missing");
    server
        .restrict(home("R1"), Some(budi), true, SAID, NOW)
        .unwrap();
    let write = |id: InstanceId| {
        let path = FieldPath::of("members", id, "birth_place");
        let record = &mut tablet.record(&server, home("R1"));
        tablet.write(record, &[Write::Put(path, "METRO".to_owned())])
    };
    let of_budi = write(budi);
    let verdicts = tablet.push(&server, &[(home("R1"), &of_budi)]).unwrap();
    assert_eq!(verdicts, [Verdict::Refused("restricted".into())]);
    let of_siti = write(InstanceId::from_person("P1"));
    let verdicts = tablet.push(&server, &[(home("R1"), &of_siti)]).unwrap();
    assert!(matches!(verdicts[..], [Verdict::Accepted(_)]));
    assert_eq!(server.quarantine().unwrap()[0].code, "restricted");
    // Whoever erases a restricted person leaves no trace of the restriction either.
    server
        .erase(
            lawang_server::EraseTarget::Person(budi),
            "request 5",
            "tests",
            NOW,
        )
        .unwrap();
    tablet.edit(&server, home("R1"), "rt", "009");
    server.verify_log().unwrap().unwrap();
}

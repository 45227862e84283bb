//! What registers outside say: imported, matched, dated, told to those who verify, and gone with those who are erased.

use crate::common::*;
use lawang_domain::{
    AddressResult, AidProgramme, CivilFlag, FindingResult, InstanceId, MatchedBy, Role,
};
use lawang_server::{EraseTarget, FindingLine, FindingsReport, Server, ServerError};
use lawang_sync::{
    FindingsOffer, FindingsPackage, FindingsPart, FindingsRequest, Glance, Request, Response,
};
use std::io::Cursor;

const OCTOBER: &str = "2026-10-01";
const NOVEMBER: &str = "2026-11-01";

fn day(text: &str) -> Option<chrono::NaiveDate> {
    Some(text.parse().unwrap())
}

pub fn dukcapil(server: &Server, text: &str, dated: &str) -> FindingsReport {
    try_dukcapil(server, text, dated).unwrap()
}

fn try_dukcapil(server: &Server, text: &str, dated: &str) -> Result<FindingsReport, ServerError> {
    let file = Cursor::new(text.as_bytes().to_vec());
    server.import_dukcapil(file, day(dated), NOW, &mut |_, _, _| {})
}

fn pkh(server: &Server, text: &str, dated: &str) -> FindingsReport {
    let programme = AidProgramme::named("pkh").unwrap();
    let file = Cursor::new(text.as_bytes().to_vec());
    server
        .import_programme(file, programme, day(dated), NOW, None, &mut |_, _, _| {})
        .unwrap()
}

/// Four persons in two families, one elsewhere.
fn register(server: &Server) {
    let person = |id: &'static str, nik, name, birth, sex| {
        vec![
            ("nik", nik),
            ("name", name),
            ("birth_date", birth),
            ("sex", sex),
            ("mother_maiden_name", "Ponirah"),
            ("rt", "003"),
            ("rw", "001"),
            ("address", "Dusun Sukarame II"),
            (
                "no_kk",
                if id < "P3" {
                    "1809010101209001"
                } else {
                    "1809010101209002"
                },
            ),
            ("relation_to_head", if id == "P2" { "2" } else { "1" }),
        ]
    };
    let rows = [
        (
            "R1",
            HERE,
            "P1",
            person("P1", "1809011708809001", "Budi Santoso", "1980-08-17", "1"),
        ),
        (
            "R1",
            HERE,
            "P2",
            person("P2", "1809015708839002", "Siti Aminah", "1983-08-17", "2"),
        ),
        (
            "R2",
            HERE,
            "P3",
            person("P3", "1809011202759003", "Agus Wijaya", "1975-02-12", "1"),
        ),
        (
            "R2",
            HERE,
            "P4",
            person("P4", "12", "Dewi Lestari", "1999-01-05", "2"),
        ),
        (
            "R3",
            THERE,
            "P5",
            person("P5", "1809020303909005", "Joko Susilo", "1990-03-03", "1"),
        ),
    ];
    let rows: Vec<Person<'_>> = rows
        .iter()
        .map(|(home, village, id, cells)| (*home, *village, *id, cells.as_slice()))
        .collect();
    let report = import(server, &prelist(&rows));
    assert_eq!(
        (report.imported, report.refused.len()),
        (3, 0),
        "{:?}",
        report.refused
    );
}

const EXTRACT: &str = "nik,no_kk,name,sex,birth_date,mother_maiden_name,address,rt,rw,village_code,status
1809011708809001,1809010101209001,BUDI SANTOSO,1,1980-08-17,PONIRAH,DUSUN SUKARAME II,003,001,18.09.01.2001,alive
1809015708839002,1809010101209001,SITI AMINA,2,1983-08-17,PONIRAH,DUSUN SUKARAME II,004,001,18.09.01.2001,deceased
1809011202759013,1809010101209002,AGUS WIJAYA,1,1975-02-12,PONIRAH,DUSUN SUKARAME II,003,001,18.09.01.2001,alive
";

fn of(server: &Server, person: &str, source: &str) -> FindingLine {
    let all = server.findings(codes(&[HERE])[0]).unwrap();
    let member = InstanceId::from_person(person);
    let found = all
        .iter()
        .find(|line| line.member == member && line.source == source);
    found.unwrap_or_else(|| panic!("{person}: {all:?}")).clone()
}

#[test]
fn the_civil_registry_is_matched_by_nik_then_by_twelve_digits_and_the_rest_waits_without_harm() {
    let server = server();
    register(&server);
    let report = dukcapil(&server, EXTRACT, NOVEMBER);
    assert_eq!(report.refused, []);
    let persons = &report.persons;
    assert_eq!((persons.deterministic, persons.by_digits), (2, 1));
    assert_eq!((persons.invalid, persons.unmatched), (1, 0));
    assert_eq!((report.entries.matched, report.entries.unmatched), (3, 0));
    // The other village is not in the file: it says nothing about it.
    assert_eq!((report.villages, report.villages_not_covered), (1, 1));
    assert_eq!(server.findings(codes(&[THERE])[0]).unwrap(), []);

    let budi = of(&server, "P1", "dukcapil");
    assert_eq!(budi.result, "deterministic");
    assert_eq!(
        (budi.detail.similarity, budi.dated.as_str()),
        (Some(100), NOVEMBER)
    );
    assert_eq!(budi.detail.address, Some(AddressResult::Same));
    assert!(budi.detail.differs.is_empty() && budi.detail.flag.is_none());
    assert!(
        budi.nik.contains('*') && budi.nik.ends_with("9001"),
        "{}",
        budi.nik
    );
    let siti = of(&server, "P2", "dukcapil");
    assert_eq!(siti.detail.similarity, Some(90));
    assert_eq!(siti.detail.differs, ["name"]);
    assert_eq!(siti.detail.address, Some(AddressResult::OtherRtRw));
    assert_eq!(siti.detail.flag, Some(CivilFlag::Deceased));
    let agus = of(&server, "P3", "dukcapil");
    assert_eq!(agus.result, "probabilistic");
    assert_eq!(agus.detail.by, Some(MatchedBy::Digits));
    assert_eq!(agus.detail.differs, ["nik"]);
    assert_eq!(of(&server, "P4", "dukcapil").result, "invalid");
    // Nothing was written into the records, and work goes on.
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    tablet.edit(&server, home("R2"), "rt", "005");
    let found = server.household(home("R2")).unwrap().unwrap();
    assert_eq!(found.answer("rt"), "005");
}

#[test]
fn a_nik_that_is_somebody_elses_is_marked_and_a_wrong_number_is_found_by_everything_else() {
    let server = server();
    let mut rows = vec![
        (
            "R1".to_owned(),
            "P1".to_owned(),
            "1809011708809001".to_owned(),
            "Budi Santoso".to_owned(),
            "1980-08-17",
        ),
        (
            "R4".to_owned(),
            "P2".to_owned(),
            "1809011708809001".to_owned(),
            "Siti Aminah".to_owned(),
            "1983-02-11",
        ),
        (
            "R2".to_owned(),
            "P3".to_owned(),
            String::new(),
            "Muhammad Yusuf".to_owned(),
            "1991-12-24",
        ),
    ];
    let mut extract = "nik,name,sex,birth_date,mother_maiden_name,village_code\n".to_owned();
    for n in 0..30 {
        let name = format!(
            "{} {}",
            ["Rahmat", "Sugeng", "Tono", "Wawan", "Slamet"][n % 5],
            ["Hidayat", "Purnomo", "Saputra"][n % 3]
        );
        let nik = format!("180901{:02}0570{:04}", 1 + n % 28, 100 + n);
        let birth = "1970-05-01";
        extract += &format!(
            "{nik},{name},1,1970-05-{:02},Sumiati {n},18.09.01.2001\n",
            1 + n % 28
        );
        rows.push((
            format!("R{}", n + 10),
            format!("P{}", n + 10),
            nik,
            name,
            birth,
        ));
    }
    extract += "1809011708809001,BUDI SANTOSO,1,1980-08-17,PONIRAH,18.09.01.2001
1809012412919077,MUHAMMAD YUSUF,1,1991-12-24,KHOTIJAH,18.09.01.2001
";
    let cells: Vec<Vec<(&str, &str)>> = rows
        .iter()
        .map(|(_, _, nik, name, birth)| {
            vec![
                ("nik", nik.as_str()),
                ("name", name.as_str()),
                ("birth_date", birth),
                ("sex", if name.starts_with("Siti") { "2" } else { "1" }),
                ("mother_maiden_name", "Khotijah"),
            ]
        })
        .collect();
    let persons: Vec<Person<'_>> = rows
        .iter()
        .zip(&cells)
        .map(|((home, id, ..), cells)| (home.as_str(), HERE, id.as_str(), cells.as_slice()))
        .collect();
    assert_eq!(import(&server, &prelist(&persons)).refused, []);
    let report = dukcapil(&server, &extract, NOVEMBER);
    assert_eq!(report.persons.other_person, 1, "{report:?}");
    assert!(!of(&server, "P1", "dukcapil").detail.other_person);
    let siti = of(&server, "P2", "dukcapil");
    assert!(siti.detail.other_person);
    assert_eq!(
        siti.result, "deterministic",
        "as the rules have it: {siti:?}"
    );
    let yusuf = of(&server, "P3", "dukcapil");
    assert_eq!(
        (yusuf.result.as_str(), yusuf.detail.by),
        ("probabilistic", Some(MatchedBy::Linkage))
    );
    assert!(yusuf.detail.probability.unwrap() >= 95);
    assert!(yusuf.detail.differs.contains(&"nik".to_owned()));
}

#[test]
fn the_same_file_again_changes_nothing_and_a_newer_one_replaces_and_keeps_the_dates_before() {
    let server = server();
    register(&server);
    let first = dukcapil(&server, EXTRACT, OCTOBER);
    assert_eq!((first.written.new, first.again), (4, false));
    let again = dukcapil(&server, EXTRACT, OCTOBER);
    assert_eq!((again.written.unchanged, again.again), (4, true));
    assert_eq!((again.written.new, again.written.changed), (0, 0));
    // Without a date it is the one of before, not today's.
    let undated = server
        .import_dukcapil(
            Cursor::new(EXTRACT.as_bytes()),
            None,
            NOW,
            &mut |_, _, _| {},
        )
        .unwrap();
    assert_eq!(
        (undated.dated.as_str(), undated.written.unchanged),
        (OCTOBER, 4)
    );

    let newer = EXTRACT.replace("SITI AMINA,", "SITI AMINAH,");
    let changed = dukcapil(&server, &newer, NOVEMBER);
    assert_eq!((changed.written.changed, changed.written.confirmed), (1, 3));
    let siti = of(&server, "P2", "dukcapil");
    assert_eq!(
        (siti.detail.similarity, siti.dated.as_str()),
        (Some(100), NOVEMBER)
    );
    let past: Vec<(&str, &str)> = siti
        .past
        .iter()
        .map(|p| (p.dated.as_str(), p.result.as_str()))
        .collect();
    assert_eq!(past, [(OCTOBER, "deterministic")]);
    // The older file, come late, does not bring back what was before.
    let late = dukcapil(&server, EXTRACT, OCTOBER);
    assert_eq!((late.written.unchanged, late.written.changed), (4, 0));
    let later = dukcapil(&server, EXTRACT, "2026-09-01");
    assert_eq!(later.written.older, 4);
    let siti = of(&server, "P2", "dukcapil");
    assert_eq!(siti.dated, NOVEMBER);
    assert_eq!(siti.past.len(), 2);
}

#[test]
fn an_answer_is_about_those_who_were_asked_for_and_nobody_else() {
    let server = server();
    register(&server);
    let text = "nik,name,answer,birth_date_answer
1809011708809001,Budi Santoso,Tidak Sesuai,Tidak Sesuai
1809015708839002,Siti Aminah,Data Tidak Ditemukan,
1809011202759003,Agus Wijaya,Meninggal,
";
    let report = dukcapil(&server, text, NOVEMBER);
    assert_eq!(
        (report.persons.deterministic, report.persons.unmatched),
        (2, 1)
    );
    assert_eq!(report.written.new, 3);
    assert_eq!(of(&server, "P1", "dukcapil").detail.differs, ["birth_date"]);
    assert_eq!(of(&server, "P2", "dukcapil").result, "unmatched");
    assert_eq!(
        of(&server, "P3", "dukcapil").detail.flag,
        Some(CivilFlag::Deceased)
    );
}

#[test]
fn wrong_rows_are_refused_with_row_column_and_reason_and_the_others_are_taken() {
    let server = server();
    register(&server);
    let text = EXTRACT.to_owned()
        + "18090117,,X,1,,,,,,,
1809011708809001,,BUDI SANTOSO,1,1980-08-17,,,,,,
1809011708889009,,Y,1,1980-13-17,,,,,,gone
";
    let report = dukcapil(&server, &text, NOVEMBER);
    let refused: Vec<(usize, &str, &str)> = report
        .refused
        .iter()
        .map(|r| (r.row, r.column.as_str(), r.code))
        .collect();
    assert_eq!(
        refused,
        [
            (5, "nik", "nik_format"),
            (6, "nik", "duplicate_nik"),
            (7, "birth_date", "impossible_date"),
            (7, "status", "unknown_code"),
        ]
    );
    for note in &report.refused {
        assert!(!note.message.is_empty() && !note.message_id.is_empty());
        assert!(!note.message.contains("1809") && !note.message_id.contains("1809"));
    }
    assert_eq!((report.rows, report.persons.deterministic), (6, 2));
    for (text, code) in [
        ("", "file_empty"),
        ("PK\u{3}\u{4}", "file_not_csv"),
        ("a,b\n1,2\n", "no_header"),
        ("nik,nmae\n1,2\n", "missing_column"),
        ("nik,name\n", "no_rows"),
    ] {
        let error = try_dukcapil(&server, text, NOVEMBER).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
    }
}

#[test]
fn the_list_of_a_programme_says_who_of_a_family_receives_and_who_no_longer_does() {
    let server = server();
    register(&server);
    let list = "nik,no_kk,name,village_code,address,last_paid
1809015708839002,1809010101209001,SITI AMINAH,18.09.01.2001,DUSUN SUKARAME II,2026-09
,1809010101209002,AGUS WIJAYA,18.09.01.2001,DUSUN SUKARAME II,2026-09
1809010101010101,,ORANG LAIN,18.09.01.2001,JL MERDEKA,2026-09
1809010101010102,,ORANG JAUH,18.09.05.2001,JL MERDEKA,2026-09
";
    let programme = AidProgramme::named("pkh").unwrap();
    let mut nobody = Vec::new();
    let report = server
        .import_programme(
            Cursor::new(list.as_bytes()),
            programme,
            day(OCTOBER),
            NOW,
            Some(&mut nobody),
            &mut |_, _, _| {},
        )
        .unwrap();
    assert_eq!((report.entries.matched, report.entries.unmatched), (2, 2));
    assert_eq!(
        (report.persons.deterministic, report.persons.by_family_card),
        (1, 1)
    );
    let nobody = String::from_utf8(nobody).unwrap();
    assert_eq!(nobody.lines().count(), 3, "{nobody}");
    assert!(
        nobody.contains("ORANG LAIN") && !nobody.contains("1809010101010101"),
        "{nobody}"
    );
    let siti = of(&server, "P2", "pkh");
    assert_eq!(
        (siti.result.as_str(), siti.detail.until.as_str()),
        ("receives", "2026-09")
    );
    let recipients = server.recipients(codes(&[HERE])[0]).unwrap();
    let found: Vec<(InstanceId, u8, &str)> = recipients
        .iter()
        .map(|r| (r.member, r.relation, r.programme.as_str()))
        .collect();
    assert!(
        found.contains(&(InstanceId::from_person("P2"), 2, "pkh")),
        "{found:?}"
    );
    assert_eq!(found.len(), 2);
    // Who died by the civil registry and still receives.
    dukcapil(&server, EXTRACT, NOVEMBER);
    let dead: Vec<InstanceId> = server
        .recipients(codes(&[HERE])[0])
        .unwrap()
        .into_iter()
        .filter(|r| r.deceased)
        .map(|r| r.member)
        .collect();
    assert_eq!(dead, [InstanceId::from_person("P2")]);

    assert_eq!(pkh(&server, list, OCTOBER).written.unchanged, 2);
    let newer = list
        .lines()
        .filter(|line| !line.contains("SITI"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("2026-09", "2026-10");
    let report = pkh(&server, &newer, NOVEMBER);
    assert_eq!((report.written.ended, report.written.changed), (1, 1));
    let siti = of(&server, "P2", "pkh");
    assert_eq!(siti.result, FindingResult::Ended.as_str());
    assert_eq!(siti.past[0].dated, OCTOBER);
    assert_eq!(server.recipients(codes(&[HERE])[0]).unwrap().len(), 1);
}

fn verifier(server: &Server, seed: u8, role: Role) -> Tablet {
    Tablet::enrol_as(server, seed, &[HERE], role)
}

fn offer(tablet: &Tablet, server: &Server) -> FindingsOffer {
    let offers = tablet.hello(server, 0).findings.unwrap();
    assert_eq!(offers.len(), 1);
    offers[0].clone()
}

fn piece(tablet: &Tablet, server: &Server, offer: &FindingsOffer) -> Result<FindingsPart, String> {
    let request = Request::Findings(FindingsRequest {
        village: offer.village.clone(),
        hash: offer.hash.unwrap_or([0; 32].into()),
        offset: 0,
        max: u32::MAX,
    });
    match tablet.ask(server, request) {
        Ok(Response::Findings(part)) => Ok(part),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code),
    }
}

fn members(tablet: &Tablet, server: &Server) -> Vec<[u8; 16]> {
    let offer = offer(tablet, server);
    assert!(offer.signed_by(&server.public_key()));
    let part = piece(tablet, server, &offer).unwrap();
    assert_eq!(part.total, part.bytes.len() as u64);
    let package = FindingsPackage::unpack(&part.bytes, &offer).unwrap();
    let all = package.households.iter().flat_map(|h| &h.members);
    all.map(|member| *member.member).collect()
}

#[test]
fn only_those_who_verify_are_offered_findings_and_only_of_their_villages() {
    let server = server();
    register(&server);
    dukcapil(&server, EXTRACT, NOVEMBER);
    let sees = verifier(&server, 1, Role::VillageVerifier);
    assert_eq!(members(&sees, &server).len(), 4);
    let theirs = offer(&sees, &server);
    for (seed, role) in [
        (2, Role::Enumerator),
        (3, Role::VillageHead),
        (4, Role::PkhFacilitator),
        (5, Role::Auditor),
    ] {
        let tablet = verifier(&server, seed, role);
        assert_eq!(
            tablet.hello(&server, 0).findings,
            Some(Vec::new()),
            "{role}"
        );
        // Knowing what to ask for does not help.
        assert_eq!(
            piece(&tablet, &server, &theirs),
            Err("unknown_findings".into())
        );
    }
    let elsewhere = Tablet::enrol_as(&server, 6, &[THERE], Role::DinsosVerifier);
    assert_eq!(
        piece(&elsewhere, &server, &theirs),
        Err("unknown_findings".into())
    );
}

#[test]
fn the_same_findings_have_the_same_hash_and_new_ones_another_and_a_short_greeting_sees_it() {
    let server = server();
    register(&server);
    dukcapil(&server, EXTRACT, OCTOBER);
    let tablet = verifier(&server, 1, Role::VillageVerifier);
    let hello = tablet.hello(&server, 0);
    let first = hello.findings.unwrap()[0].clone();
    let known = |token| {
        let glance = Glance {
            incarnation: tablet.incarnation.into(),
            made: 0,
            time: NOW,
            token,
            cursor: 0,
            checked: None,
        };
        match tablet.ask(&server, Request::Glance(glance)) {
            Ok(Response::Glance(reply)) => reply.known,
            other => panic!("{other:?}"),
        }
    };
    let token = hello.token.unwrap();
    assert!(known(token));
    dukcapil(&server, EXTRACT, OCTOBER);
    assert!(known(token), "nothing changed");
    assert_eq!(offer(&tablet, &server), first);
    dukcapil(&server, EXTRACT, NOVEMBER);
    assert!(!known(token), "there is something new to fetch");
    let second = offer(&tablet, &server);
    assert!(second.hash != first.hash && second.version > first.version);
    assert_eq!(
        piece(&tablet, &server, &first),
        Err("unknown_findings".into())
    );
}

#[test]
fn nobody_whose_data_are_restricted_is_in_what_is_told_and_nothing_new_is_written_of_them() {
    let server = server();
    register(&server);
    dukcapil(&server, EXTRACT, OCTOBER);
    let tablet = verifier(&server, 1, Role::VillageVerifier);
    let before = offer(&tablet, &server);
    let siti = InstanceId::from_person("P2");
    let restrict = |person, on| {
        server
            .restrict(
                home(if person { "R1" } else { "R2" }),
                person.then_some(siti),
                on,
                ("r", "t"),
                NOW,
            )
            .unwrap()
    };
    restrict(true, true);
    restrict(false, true);
    let left = members(&tablet, &server);
    assert_eq!(left, [*InstanceId::from_person("P1").as_bytes()]);
    let lines = server.findings(codes(&[HERE])[0]).unwrap();
    assert_eq!(lines.len(), 1);
    let report = dukcapil(&server, EXTRACT, NOVEMBER);
    assert_eq!(
        (report.written.confirmed, report.persons.restricted),
        (1, 3)
    );
    restrict(true, false);
    restrict(false, false);
    assert_eq!(of(&server, "P2", "dukcapil").dated, OCTOBER, "as it was");
    let after = offer(&tablet, &server);
    assert!(after.version > before.version);
    assert_eq!(members(&tablet, &server).len(), 4);
}

#[test]
fn what_was_said_of_somebody_who_is_erased_is_gone_and_no_import_brings_it_back() {
    let server = server();
    register(&server);
    dukcapil(&server, EXTRACT, OCTOBER);
    let tablet = verifier(&server, 1, Role::VillageVerifier);
    assert_eq!(members(&tablet, &server).len(), 4);
    let old = offer(&tablet, &server);
    let siti = InstanceId::from_person("P2");
    server
        .erase(EraseTarget::Person(siti), "request", "tests", NOW)
        .unwrap();
    assert_eq!(
        piece(&tablet, &server, &old),
        Err("unknown_findings".into())
    );
    let left = members(&tablet, &server);
    assert!(left.len() == 3 && !left.contains(siti.as_bytes()));
    server
        .erase(EraseTarget::Record(home("R2")), "request", "tests", NOW)
        .unwrap();
    assert_eq!(members(&tablet, &server).len(), 1);
    let report = dukcapil(&server, EXTRACT, NOVEMBER);
    assert_eq!((report.written.confirmed, report.written.new), (1, 0));
    assert_eq!(
        report.entries.unmatched, 2,
        "they are nobody of the register now"
    );
    server.verify_log().unwrap().unwrap();
}

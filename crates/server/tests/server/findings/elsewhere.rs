//! Who may stand in another village as well: told to the desks of both villages, and to nobody else.

use super::{
    telling::{offer_of, piece},
    *,
};
use lawang_domain::ELSEWHERE;
use lawang_server::admin::{Duplicates, PublishedPairs};

const THIRD: &str = "18.09.01.2003";
const LATER: u64 = NOW + 5 * 24 * 3_600_000;

/// Budi stands here and there; Joko and Wati stand once.
fn register(server: &Server, nik_there: &str, name_there: &str, birth_there: &str) {
    let cells = |nik, name, birth, card| {
        [
            ("nik", nik),
            ("name", name),
            ("birth_date", birth),
            ("sex", "1"),
            ("mother_maiden_name", "Ponirah"),
            ("no_kk", card),
            ("address", "Dusun Sukarame II"),
            ("relation_to_head", "1"),
        ]
    };
    let budi = cells(
        "1809011708809001",
        "Budi Santoso",
        "1980-08-17",
        "1809010101209001",
    );
    let there = cells(nik_there, name_there, birth_there, "1809020303209002");
    let joko = cells(
        "1809010303909005",
        "Joko Susilo",
        "1990-03-03",
        "1809010505209003",
    );
    let wati = cells(
        "1809014906759007",
        "Wati Handayani",
        "1975-06-09",
        "1809010707209004",
    );
    let rows: [Person<'_>; 4] = [
        ("R1", HERE, "P1", &budi),
        ("R2", THERE, "P2", &there),
        ("R3", HERE, "P3", &joko),
        ("R4", THIRD, "P4", &wati),
    ];
    assert_eq!(import(server, &prelist(&rows)).refused, Vec::new());
}

fn twice(server: &Server) {
    register(server, "1809011708809001", "Budhi Santosa", "1980-08-17");
}

fn publish(server: &Server, now: u64) -> PublishedPairs {
    let report: Duplicates = server.publish_duplicates(2026, now).unwrap();
    report.published.unwrap()
}

fn package(tablet: &Tablet, server: &Server, village: &str) -> Option<FindingsPackage> {
    let offer = offer_of(tablet, server, village);
    offer.hash.as_ref()?;
    let part = piece(tablet, server, &offer).unwrap();
    Some(FindingsPackage::unpack(&part.bytes, &offer).unwrap())
}

/// Persons who are told to stand elsewhere, with what is said.
fn told(tablet: &Tablet, server: &Server, village: &str) -> Vec<([u8; 16], String)> {
    let package = package(tablet, server, village);
    let all = package.and_then(|p| p.elsewhere).unwrap_or_default();
    let members = all.into_iter().flat_map(|h| h.members);
    let said = |m: lawang_sync::MemberFindings| {
        assert_eq!(m.findings.len(), 1);
        assert_eq!(m.findings[0].source, ELSEWHERE);
        (*m.member, m.findings[0].detail.clone())
    };
    members.map(said).collect()
}

fn lines(server: &Server, village: &str) -> usize {
    server.findings(codes(&[village])[0]).unwrap().len()
}

#[test]
fn both_villages_learn_of_the_other_place_and_of_nothing_else_and_a_third_learns_nothing() {
    let server = server();
    twice(&server);
    let here = Tablet::enrol_as(&server, 1, &[HERE], Role::VillageVerifier);
    let there = Tablet::enrol_as(&server, 2, &[THERE], Role::VillageVerifier);
    let third = Tablet::enrol_as(&server, 3, &[THIRD], Role::DinsosVerifier);
    let visits = Tablet::enrol_as(&server, 4, &[HERE], Role::Enumerator);
    assert!(package(&here, &server, HERE).is_none());
    let report = server.duplicates(None, 2026).unwrap();
    assert!(report.published.is_none() && package(&here, &server, HERE).is_none());
    assert_eq!(
        publish(&server, NOW),
        PublishedPairs {
            pairs: 1,
            villages: 2,
            new: 2,
            ..PublishedPairs::default()
        }
    );
    let said = told(&here, &server, HERE);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].0, *InstanceId::from_person("P1").as_bytes());
    let detail: lawang_domain::FindingDetail = serde_json::from_str(&said[0].1).unwrap();
    let other = &detail.elsewhere[0];
    assert_eq!(
        (other.household, other.member),
        (home("R2"), InstanceId::from_person("P2"))
    );
    assert_eq!(other.village, THERE);
    assert!(!other.name.is_empty() && !other.district.is_empty());
    let said_of = |field: &str| other.because.iter().any(|b| b.field == field);
    assert!(said_of("nik") && !said_of("village"), "{other:?}");
    let back = told(&there, &server, THERE);
    assert_eq!(back[0].0, *InstanceId::from_person("P2").as_bytes());
    assert!(back[0].1.contains(HERE));
    for (text, own) in [(&said[0].1, "P2"), (&back[0].1, "P1")] {
        for value in [
            "Budi",
            "Budhi",
            "Santos",
            "1809011708809001",
            "1980",
            "1809020303209002",
            "1809010101209001",
            "Sukarame",
        ] {
            assert!(!text.contains(value), "{own}: {text}");
        }
    }
    // Where older devices look there is nothing that they would take for a programme.
    assert_eq!(package(&here, &server, HERE).unwrap().households, []);
    assert!(package(&third, &server, THIRD).is_none());
    assert_eq!(visits.hello(&server, 0).findings, Some(Vec::new()));
    assert_eq!(lines(&server, HERE), 1);
}

#[test]
fn the_same_again_changes_nothing_and_what_is_not_found_any_more_is_withdrawn() {
    let server = server();
    twice(&server);
    let here = Tablet::enrol_as(&server, 1, &[HERE], Role::VillageVerifier);
    publish(&server, NOW);
    let first = offer_of(&here, &server, HERE);
    let again = publish(&server, LATER);
    assert_eq!((again.pairs, again.unchanged), (1, 2));
    assert_eq!((again.new, again.changed, again.withdrawn), (0, 0, 0));
    assert_eq!(offer_of(&here, &server, HERE), first, "nothing to fetch");
    // The register has somebody else there by now.
    register(&server, "1809021201659011", "Sugeng Riyadi", "1965-01-12");
    let corrected = publish(&server, LATER);
    assert_eq!((corrected.pairs, corrected.withdrawn), (0, 2));
    assert_eq!(told(&here, &server, HERE), []);
    assert_eq!((lines(&server, HERE), lines(&server, THERE)), (0, 0));
    assert!(offer_of(&here, &server, HERE).version > first.version);
}

#[test]
fn who_is_erased_is_named_in_the_other_village_no_longer_and_not_told_again() {
    let server = server();
    twice(&server);
    let here = Tablet::enrol_as(&server, 1, &[HERE], Role::VillageVerifier);
    publish(&server, NOW);
    let old = offer_of(&here, &server, HERE);
    let target = EraseTarget::Record(home("R2"));
    server.erase(target, "request", "tests", NOW).unwrap();
    assert_eq!(told(&here, &server, HERE), []);
    assert_eq!(
        piece(&here, &server, &old),
        Err("unknown_findings".into()),
        "what named them is not to be had any more"
    );
    assert_eq!((lines(&server, HERE), lines(&server, THERE)), (0, 0));
    let after = publish(&server, LATER);
    assert_eq!((after.pairs, after.new), (0, 0));
}

#[test]
fn an_erased_person_is_named_nowhere_and_the_rest_of_the_family_stays() {
    let server = server();
    twice(&server);
    let there = Tablet::enrol_as(&server, 2, &[THERE], Role::VillageVerifier);
    publish(&server, NOW);
    let target = EraseTarget::Person(InstanceId::from_person("P1"));
    server.erase(target, "request", "tests", NOW).unwrap();
    assert_eq!(told(&there, &server, THERE), []);
    assert_eq!((lines(&server, HERE), lines(&server, THERE)), (0, 0));
}

#[test]
fn who_is_restricted_is_named_to_nobody_until_it_is_lifted() {
    let server = server();
    twice(&server);
    let here = Tablet::enrol_as(&server, 1, &[HERE], Role::VillageVerifier);
    let there = Tablet::enrol_as(&server, 2, &[THERE], Role::VillageVerifier);
    publish(&server, NOW);
    let before = told(&here, &server, HERE);
    let restrict = |on| {
        let person = Some(InstanceId::from_person("P2"));
        let said = server.restrict(home("R2"), person, on, ("r", "t"), NOW);
        assert!(said.unwrap());
    };
    restrict(true);
    assert_eq!(told(&here, &server, HERE), []);
    assert_eq!(told(&there, &server, THERE), []);
    assert_eq!((lines(&server, HERE), lines(&server, THERE)), (0, 0));
    restrict(false);
    assert_eq!(told(&here, &server, HERE), before, "as it was");
    restrict(true);
    assert_eq!(publish(&server, LATER).withdrawn, 2);
    restrict(false);
    assert_eq!(told(&here, &server, HERE), []);
    assert_eq!(publish(&server, LATER).new, 2, "and it comes back");
    assert_eq!(told(&here, &server, HERE), before);
}

#[test]
fn a_family_that_goes_to_another_village_is_named_there_and_two_of_one_village_are_no_finding() {
    let server = server();
    twice(&server);
    let here = Tablet::enrol_as(&server, 1, &[HERE], Role::VillageVerifier);
    publish(&server, NOW);
    let go = |from: &str, to: &str, now| {
        let movers = lawang_server::Movers::All;
        let between = (codes(&[from])[0], codes(&[to])[0]);
        let moved = server.move_records(between, &movers, ("Perda", "t"), now, &mut |_, _| ());
        assert_eq!(moved.unwrap().moved, 1);
    };
    go(THERE, THIRD, NOW + 1);
    let said = told(&here, &server, HERE);
    assert!(said[0].1.contains(THIRD) && !said[0].1.contains(THERE));
    assert_eq!((lines(&server, THERE), lines(&server, THIRD)), (0, 1));
    assert_eq!(publish(&server, NOW + 2).unchanged, 2);
    // Both of the third village's families come here.
    let movers = lawang_server::Movers::All;
    let between = (codes(&[THIRD])[0], codes(&[HERE])[0]);
    let moved = server.move_records(between, &movers, ("Perda", "t"), NOW + 3, &mut |_, _| ());
    assert_eq!(moved.unwrap().moved, 2);
    assert_eq!(told(&here, &server, HERE), []);
    assert_eq!((lines(&server, HERE), lines(&server, THIRD)), (0, 0));
    let after = publish(&server, NOW + 4);
    assert_eq!((after.pairs, after.withdrawn), (0, 0));
}

//! Who is told what, and what is told of nobody any more.

use super::*;

fn verifier(server: &Server, seed: u8, role: Role) -> Tablet {
    Tablet::enrol_as(server, seed, &[HERE], role)
}

fn offer(tablet: &Tablet, server: &Server) -> FindingsOffer {
    offer_of(tablet, server, HERE)
}

/// What a device of one village is offered.
pub(super) fn offer_of(tablet: &Tablet, server: &Server, village: &str) -> FindingsOffer {
    let offers = tablet.hello(server, 0).findings.unwrap();
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0].village, village);
    offers[0].clone()
}

pub(super) fn piece(
    tablet: &Tablet,
    server: &Server,
    offer: &FindingsOffer,
) -> Result<FindingsPart, String> {
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

//! What registers outside say, on the devices of those who verify: it comes, is shown in words, is replaced, and goes.

use crate::first;
use lawang_app::Device;
use lawang_domain::{HouseholdId, InstanceId, Role};
use lawang_server::{EraseTarget, Server};
use lawang_sync::{Envelope, Request, Response, decode, encode};
use lawang_tests::{
    hubs::{ELSEWHERE, HubWorld},
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, World, enrol_as},
};
use std::io::Cursor;

const VERIFIER: usize = 1;

/// The civil registry's rows of the small register: the first member of each family is alive, the second died.
fn extract(village: &str, households: usize) -> String {
    let list = String::from_utf8(lawang_tests::prelist::small(village, households)).expect("text");
    let mut lines = list.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let place = |name: &str| names.iter().position(|n| *n == name).expect("a column");
    let mut out = "nik,name,sex,birth_date,status\n".to_owned();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |name: &str| cells[place(name)];
        let status = match cell("relation_to_head") {
            "2" => "deceased",
            _ => "alive",
        };
        out += &format!(
            "{},{},{},{},{status}\n",
            cell("nik"),
            cell("name"),
            cell("sex"),
            cell("birth_date")
        );
    }
    out
}

fn dukcapil(server: &Server, text: &str, dated: &str) {
    let date = Some(dated.parse().expect("a date"));
    let report = server
        .import_dukcapil(Cursor::new(text.as_bytes()), date, NOW, &mut |_, _, _| {})
        .expect("imported");
    assert!(report.refused.is_empty(), "{:?}", report.refused);
}

fn pkh(server: &Server, nik: &str, dated: &str) {
    let text = format!("nik,name,last_paid\n{nik},SITI AMINAH 0,2026-09\n");
    let programme = lawang_domain::AidProgramme::named("pkh").expect("known");
    let date = Some(dated.parse().expect("a date"));
    server
        .import_programme(
            Cursor::new(text),
            programme,
            date,
            NOW,
            None,
            &mut |_, _, _| {},
        )
        .expect("imported");
}

/// A world with an enumerator, and a verifier.
fn office() -> World {
    let mut world = World::new(41, 4, 1);
    let verifier = enrol_as(
        &world.server,
        941,
        &[VILLAGE],
        "Ibu Ratna",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    world
}

fn with<T>(world: &World, tablet: usize, look: impl FnOnce(&mut Device) -> T) -> T {
    look(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn agreed(world: &mut World, tablet: usize) -> lawang_sync::Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "{report:?}");
    report
}

fn findings(world: &World, tablet: usize, household: HouseholdId) -> Vec<(String, String, String)> {
    with(world, tablet, |device| {
        let found = device.findings(household).expect("findings");
        found
            .into_iter()
            .map(|f| (f.source, f.result, f.words))
            .collect()
    })
}

fn member(device: &Device, household: HouseholdId, place: usize) -> InstanceId {
    device.state(household).expect("state").of("members")[place]
}

fn rows(world: &World, tablet: usize) -> usize {
    with(world, tablet, |device| {
        device
            .store()
            .findings_of_village(VILLAGE)
            .expect("rows")
            .len()
    })
}

#[test]
fn a_verifier_gets_what_registers_say_in_words_and_an_enumerator_gets_nothing() {
    let mut world = office();
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-01");
    for tablet in 0..2 {
        agreed(&mut world, tablet);
    }
    let home = first(&world);
    assert_eq!(rows(&world, 0), 0);
    assert_eq!(findings(&world, 0, home), []);
    let found = findings(&world, VERIFIER, home);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].0, "dukcapil");
    assert_eq!(found[0].1, "deterministic");
    assert_eq!(found[0].2, "Padan dengan Dukcapil.");
    assert_eq!(found[1].2, "Padan dengan Dukcapil. Tercatat meninggal.");
    with(&world, VERIFIER, |device| {
        device.set_preferences(Some("en"), None).expect("set")
    });
    let found = findings(&world, VERIFIER, home);
    assert_eq!(
        found[1].2,
        "Matches the civil registry. Registered as deceased."
    );
}

#[test]
fn what_has_not_changed_is_not_fetched_again_and_what_has_takes_the_place_of_the_old() {
    let mut world = office();
    let text = extract(VILLAGE, 4);
    dukcapil(&world.server, &text, "2026-10-01");
    agreed(&mut world, VERIFIER);
    let quiet = agreed(&mut world, VERIFIER).progress;
    assert!(quiet.requests <= 2, "{quiet:?}");
    dukcapil(&world.server, &text, "2026-10-01");
    let again = agreed(&mut world, VERIFIER).progress;
    assert!(again.bytes_down <= quiet.bytes_down, "{again:?}");
    dukcapil(
        &world.server,
        &text.replace("deceased", "alive"),
        "2026-11-01",
    );
    agreed(&mut world, VERIFIER);
    let home = first_of(&world, VERIFIER);
    let found = findings(&world, VERIFIER, home);
    assert!(
        found.iter().all(|f| f.2 == "Padan dengan Dukcapil."),
        "{found:?}"
    );
    assert_eq!(rows(&world, VERIFIER), 12);
}

fn first_of(world: &World, tablet: usize) -> HouseholdId {
    with(world, tablet, |device| {
        device.all_households().expect("list")[0]
    })
}

#[test]
fn who_died_by_the_civil_registry_and_still_receives_is_said_so_beside_the_programme() {
    let mut world = office();
    let text = extract(VILLAGE, 4);
    dukcapil(&world.server, &text, "2026-11-01");
    let nik = text
        .lines()
        .nth(2)
        .and_then(|l| l.split(',').next())
        .expect("a NIK");
    pkh(&world.server, nik, "2026-11-01");
    agreed(&mut world, VERIFIER);
    agreed(&mut world, 0);
    let home = first_of(&world, VERIFIER);
    let words: Vec<String> = findings(&world, VERIFIER, home)
        .into_iter()
        .filter(|f| f.0 == "pkh")
        .map(|f| f.2)
        .collect();
    assert_eq!(
        words,
        ["Menerima PKH, terakhir dibayar 2026-09. Menurut Dukcapil orang ini sudah meninggal."]
    );
    assert_eq!(findings(&world, 0, home), []);
}

#[test]
fn a_bad_link_brings_them_in_pieces_and_a_crash_between_loses_none() {
    let mut world = office();
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-01");
    let faults = Faults {
        lose_request: 150,
        lose_answer: 150,
        ..Faults::default()
    };
    for _ in 0..40 {
        if world
            .exchange(VERIFIER, faults)
            .is_ok_and(|report| report.agreed)
        {
            break;
        }
    }
    agreed(&mut world, VERIFIER);
    assert_eq!(rows(&world, VERIFIER), 12);
}

#[test]
fn whoever_no_longer_verifies_and_whoever_leaves_a_village_holds_nothing_of_it() {
    let mut world = office();
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-01");
    agreed(&mut world, VERIFIER);
    assert_eq!(rows(&world, VERIFIER), 12);
    let id = world.tablets[VERIFIER].id;
    let change = |world: &World, role| world.server.change_device(id, Some(role), None);
    change(&world, Role::Enumerator).expect("changed");
    agreed(&mut world, VERIFIER);
    assert_eq!(rows(&world, VERIFIER), 0);
    change(&world, Role::VillageVerifier).expect("changed");
    agreed(&mut world, VERIFIER);
    assert_eq!(
        rows(&world, VERIFIER),
        12,
        "and it comes back with the role"
    );
    let elsewhere = ["18.09.01.2002".parse().expect("a code")];
    world
        .server
        .change_device(id, None, Some(&elsewhere))
        .expect("changed");
    agreed(&mut world, VERIFIER);
    assert_eq!(rows(&world, VERIFIER), 0);
}

#[test]
fn an_erased_person_and_an_erased_family_leave_the_findings_of_every_device() {
    let mut world = office();
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-01");
    agreed(&mut world, VERIFIER);
    let all = with(&world, VERIFIER, |device| {
        device.all_households().expect("list")
    });
    let gone = with(&world, VERIFIER, |device| member(device, all[0], 1));
    let erase = |world: &World, target| {
        world
            .server
            .erase(target, "request", "tests", NOW)
            .expect("erased");
    };
    erase(&world, EraseTarget::Person(gone));
    agreed(&mut world, VERIFIER);
    assert_eq!(rows(&world, VERIFIER), 11);
    let left = with(&world, VERIFIER, |device| {
        device.store().findings(all[0]).expect("rows")
    });
    assert!(left.iter().all(|row| row.member != gone));
    erase(&world, EraseTarget::Record(all[1]));
    agreed(&mut world, VERIFIER);
    assert_eq!(rows(&world, VERIFIER), 8);
    assert_eq!(findings(&world, VERIFIER, all[1]), []);
}

#[test]
fn nobody_whose_data_are_restricted_is_shown_and_they_come_back_when_it_is_lifted() {
    let mut world = office();
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-01");
    agreed(&mut world, VERIFIER);
    let all = with(&world, VERIFIER, |device| {
        device.all_households().expect("list")
    });
    let who = with(&world, VERIFIER, |device| member(device, all[0], 0));
    let restrict = |world: &World, household, person, on| {
        let done = world
            .server
            .restrict(household, person, on, ("r", "t"), NOW);
        assert!(done.expect("restricted"));
    };
    restrict(&world, all[0], Some(who), true);
    restrict(&world, all[1], None, true);
    agreed(&mut world, VERIFIER);
    assert_eq!(findings(&world, VERIFIER, all[0]).len(), 2);
    assert_eq!(findings(&world, VERIFIER, all[1]), []);
    assert_eq!(rows(&world, VERIFIER), 8, "they left the device");
    restrict(&world, all[0], Some(who), false);
    restrict(&world, all[1], None, false);
    agreed(&mut world, VERIFIER);
    assert_eq!(findings(&world, VERIFIER, all[0]).len(), 3);
    assert_eq!(findings(&world, VERIFIER, all[1]).len(), 3);
}

/// A district, a hub, a device of an enumerator and one of a verifier.
fn kecamatan() -> HubWorld {
    let mut world = HubWorld::new(43, 4, &[&[VILLAGE]]);
    let villages = [VILLAGE];
    let verifier = enrol_as(
        &world.district,
        943,
        &villages,
        "Ibu Ratna",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    world
}

fn held(world: &HubWorld, tablet: usize) -> usize {
    let device = world.tablets[tablet].device.lock().expect("a device");
    let rows = device.store().findings_of_village(VILLAGE);
    rows.expect("rows").len()
}

#[test]
fn a_hub_passes_them_on_to_those_who_verify_as_the_district_signed_them() {
    let mut world = kecamatan();
    let text = extract(VILLAGE, 4) + extract(ELSEWHERE, 4).split_once('\n').expect("rows").1;
    dukcapil_loosely(&world.district, &text, "2026-10-01");
    world.upstream().expect("upstream");
    for tablet in 0..2 {
        world.at_hub(tablet, Faults::default()).expect("at the hub");
    }
    assert_eq!((held(&world, 0), held(&world, VERIFIER)), (0, 12));
    // The district has newer ones, and the hub does not know: it cannot bring back the old.
    dukcapil_loosely(
        &world.district,
        &text.replace("deceased", "alive"),
        "2026-11-01",
    );
    world
        .at_district(VERIFIER, Faults::default())
        .expect("exchange");
    let dated = |world: &HubWorld| {
        let device = world.tablets[VERIFIER].device.lock().expect("a device");
        let rows = device.store().findings_of_village(VILLAGE).expect("rows");
        rows[0].dated.clone()
    };
    assert_eq!(dated(&world), "2026-11-01");
    world
        .at_hub(VERIFIER, Faults::default())
        .expect("at the hub");
    assert_eq!(dated(&world), "2026-11-01");
    // Somebody is erased: the hub passes nothing of them on.
    let all = world.tablets[VERIFIER]
        .device
        .lock()
        .expect("a device")
        .all_households();
    let home = all.expect("list")[0];
    let district = &world.district;
    district
        .erase(EraseTarget::Record(home), "request", "tests", NOW)
        .expect("erased");
    world.upstream().expect("upstream");
    world
        .at_hub(VERIFIER, Faults::default())
        .expect("at the hub");
    assert_eq!(held(&world, VERIFIER), 9);
}

/// The small registers of two villages share numbers of persons, so that some stand twice.
fn dukcapil_loosely(server: &Server, text: &str, dated: &str) {
    let date = Some(dated.parse().expect("a date"));
    server
        .import_dukcapil(Cursor::new(text.as_bytes()), date, NOW, &mut |_, _, _| {})
        .expect("imported");
}

/// A way to a server that answers as something else would.
struct Altered<'a> {
    server: &'a Server,
    device: lawang_domain::DeviceId,
    alter: fn(Response) -> Response,
}

impl lawang_app::Transport for Altered<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, lawang_sync::LinkFailure> {
        let envelope: Envelope = decode(message).expect("a request");
        let knows = !matches!(envelope.request, Request::Findings(_));
        assert!(knows, "asked of a server that offered nothing of the kind");
        let answer = self.server.handle(self.device, message, NOW);
        Ok(match decode::<Response>(&answer) {
            Some(response) => encode(&(self.alter)(response)),
            None => answer,
        })
    }

    fn pause(&mut self, _: u64, _: &lawang_app::CancelToken) {}
}

fn exchange_altered(world: &World, alter: fn(Response) -> Response) {
    let tablet = &world.tablets[VERIFIER];
    let mut way = Altered {
        server: &world.server,
        device: tablet.id,
        alter,
    };
    let cancel = lawang_app::CancelToken::default();
    let report = lawang_app::exchange(&tablet.device, &mut way, &cancel, |_, _| ());
    assert!(report.expect("exchange").agreed);
}

#[test]
fn an_older_server_says_nothing_and_what_is_here_stays_and_what_nobody_signed_is_not_taken() {
    let mut world = office();
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-10-01");
    agreed(&mut world, VERIFIER);
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-01");
    exchange_altered(&world, |response| match response {
        Response::Hello(mut reply) => {
            reply.findings = None;
            Response::Hello(reply)
        }
        other => other,
    });
    assert_eq!(rows(&world, VERIFIER), 12);
    dukcapil(&world.server, &extract(VILLAGE, 4), "2026-11-02");
    exchange_altered(&world, |response| match response {
        Response::Hello(mut reply) => {
            for offer in reply.findings.iter_mut().flatten() {
                offer.version += 1;
            }
            Response::Hello(reply)
        }
        other => other,
    });
    let dated = with(&world, VERIFIER, |device| {
        device.store().findings_of_village(VILLAGE).expect("rows")[0]
            .dated
            .clone()
    });
    assert_eq!(dated, "2026-10-01");
}

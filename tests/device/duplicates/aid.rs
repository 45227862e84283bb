//! Couples who are aided apart, and the dead who still receive.

use super::*;
use lawang_domain::{AidProgramme, VillageCode};
use lawang_sample::{Programme, Sample, Size, generate};
use lawang_server::Server;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
};

/// The list of a programme: NIK and name of each, with the date of the list.
fn import(server: &Server, programme: &str, people: &[Someone<'_>], dated: &str) {
    let mut text = "nik,name,last_paid\n".to_owned();
    for someone in people {
        text += &format!("{},{},2026-09\n", someone.nik, someone.name);
    }
    import_text(server, programme, text.into_bytes(), dated);
}

fn import_text(server: &Server, programme: &str, text: Vec<u8>, dated: &str) {
    let programme = AidProgramme::named(programme).expect("known");
    let date = Some(dated.parse().expect("a date"));
    let file = Cursor::new(text);
    server
        .import_programme(file, programme, date, NOW, None, &mut |_, _, _| {})
        .expect("imported");
}

/// The civil registry says that these died.
fn died(server: &Server, people: &[Someone<'_>], dated: &str) {
    let mut text = "nik,name,sex,birth_date,status\n".to_owned();
    for one in people {
        let (nik, name, sex, born) = (one.nik, one.name, one.sex, one.birth_date);
        text += &format!("{nik},{name},{sex},{born},deceased\n");
    }
    let date = Some(dated.parse().expect("a date"));
    let file = Cursor::new(text.into_bytes());
    server
        .import_dukcapil(file, date, NOW, &mut |_, _, _| {})
        .expect("imported");
}

fn queue(tablet: &Tablet) -> Vec<(String, String)> {
    on(tablet, |device| {
        let query = DeskQuery {
            reasons: vec![DeskReason::Duplicate],
            ..DeskQuery::default()
        };
        let found = device.desk(&query).expect("desk").rows;
        found
            .into_iter()
            .map(|row| (row.household, row.words))
            .collect()
    })
}

fn of_kind(rows: &[PairRow], kind: SuspicionKind) -> Vec<&PairRow> {
    rows.iter().filter(|row| row.kind == kind).collect()
}

#[test]
fn husband_and_wife_on_two_lists_wait_in_the_queue_with_lists_and_dates_until_somebody_looked() {
    let people = people();
    let (dewi, joko) = (people[6], people[7]);
    let mut world = village_of(&people);
    import(&world.server, "sembako", &[dewi], "2026-11-01");
    import(&world.server, "blt_dd", &[joko], "2026-10-01");
    for tablet in [0, 1] {
        quiet(&mut world, tablet);
    }
    let tablet = &world.tablets[0];
    let rows = list(tablet, false);
    let couple = find(&rows, 6, 7).expect("a couple");
    assert_eq!(couple.kind, SuspicionKind::CoupleOnLists);
    for said in [
        "Sembako (BPNT): istri ada di daftar tanggal 1 Nov 2026, terakhir dibayar Sep 2026",
        "BLT Dana Desa: suami ada di daftar tanggal 1 Okt 2026",
    ] {
        assert!(couple.because.contains(said), "{}", couple.because);
    }
    let own = family(3).to_string();
    let waiting = queue(tablet);
    let words = waiting.iter().find(|(id, _)| *id == own).map(|(_, w)| w);
    assert_eq!(
        words.map(String::as_str),
        Some("1 penerima bantuan perlu diperiksa")
    );
    // Whoever does not verify hears nothing of it.
    let others = list(&world.tablets[1], true);
    assert!(of_kind(&others, SuspicionKind::CoupleOnLists).is_empty());

    let wrong = decide(tablet, &couple.id, PairVerdict::Same, 1, &[]).expect_err("no pair");
    assert_eq!(wrong.code, "pair_verdict");
    let view = decide(tablet, &couple.id, PairVerdict::Different, 0, &[]).expect("looked at");
    assert_eq!(view.row.state, PairState::Different);
    assert_eq!(view.decisions[0].title, "Sudah diperiksa");
    assert_eq!(text(tablet, family(3), person(7), "_status"), "");
    assert!(find(&list(tablet, false), 6, 7).is_none());
    assert!(queue(tablet).iter().all(|(id, _)| *id != own));
    assert_eq!(quiet(&mut world, 0).refused, 0);

    // The same list again asks nothing; a newer one that says it again does, and one that does not say it does not.
    import(&world.server, "sembako", &[dewi], "2026-11-01");
    quiet(&mut world, 0);
    assert!(find(&list(&world.tablets[0], false), 6, 7).is_none());
    import(&world.server, "sembako", &[dewi], "2026-12-01");
    quiet(&mut world, 0);
    let again = find(&list(&world.tablets[0], false), 6, 7).expect("said again");
    assert_eq!(again.id, couple.id);
    assert!(again.because.contains("1 Des 2026"), "{}", again.because);
    assert_eq!(
        queue(&world.tablets[0])
            .iter()
            .filter(|(id, _)| *id == own)
            .count(),
        1
    );
    import(&world.server, "sembako", &[people[9]], "2027-01-01");
    quiet(&mut world, 0);
    assert!(find(&list(&world.tablets[0], false), 6, 7).is_none());
    let kept = find(&list(&world.tablets[0], true), 6, 7).expect("what was looked at stays");
    assert_eq!(kept.kind, SuspicionKind::CoupleOnLists);
}

#[test]
fn one_of_a_couple_on_several_lists_or_on_lists_that_are_no_family_aid_is_nothing() {
    let people = people();
    let (dewi, joko) = (people[6], people[7]);
    let mut world = village_of(&people);
    for programme in ["sembako", "pkh"] {
        import(&world.server, programme, &[dewi], "2026-11-01");
    }
    for programme in ["electricity", "pbi_jk", "lpg"] {
        import(&world.server, programme, &[joko, dewi], "2026-11-01");
    }
    quiet(&mut world, 0);
    let rows = list(&world.tablets[0], true);
    assert!(of_kind(&rows, SuspicionKind::CoupleOnLists).is_empty());
    assert!(of_kind(&rows, SuspicionKind::DeadOnList).is_empty());
}

#[test]
fn husband_and_wife_are_found_across_two_households_by_one_family_card_or_by_who_stands_twice() {
    let mut people = people();
    // One family card in two houses: the head here, the wife there.
    people[6].no_kk = "1809010101209001";
    people[8].no_kk = "1809010101209001";
    // RUDI is head with SITI, and stands at his parents' a second time with a number that was mistyped.
    people[4].nik = "1809010703819071";
    let mut world = village_of(&people);
    let both = [people[6], people[9], people[1], people[4]];
    import(&world.server, "pkh", &both[..2], "2026-11-01");
    import(&world.server, "sembako", &both[2..], "2026-11-01");
    quiet(&mut world, 0);
    let tablet = &world.tablets[0];
    let rows = list(tablet, false);
    let by_card = find(&rows, 6, 9).expect("by the family card");
    assert_eq!(by_card.kind, SuspicionKind::CoupleOnLists);
    let by_twin = find(&rows, 1, 4).expect("by who stands twice");
    assert_eq!(by_twin.kind, SuspicionKind::CoupleOnLists);
    let view = on(tablet, |d| d.pair(&by_twin.id).expect("a pair"));
    assert_eq!(view.reasons.len(), 2, "{:?}", view.reasons);
    // Once he is known to be somebody else, they are no couple.
    let twins = find(&rows, 0, 4).expect("RUDI and HERTONO");
    decide(tablet, &twins.id, PairVerdict::Different, 0, &[]).expect("decided");
    assert!(find(&list(tablet, false), 1, 4).is_none());
    assert!(find(&list(tablet, false), 6, 9).is_some());
}

#[test]
fn the_dead_who_still_stand_on_a_list_are_found_by_the_civil_registry_and_by_the_record() {
    let mut people = people();
    people[3].presence = "2";
    let mut world = village_of(&people);
    died(&world.server, &[people[8]], "2026-10-20");
    import(&world.server, "pkh", &[people[8]], "2026-11-01");
    import(
        &world.server,
        "pbi_jk",
        &[people[3], people[9]],
        "2026-11-01",
    );
    quiet(&mut world, 0);
    let tablet = &world.tablets[0];
    let rows = list(tablet, false);
    let dead = of_kind(&rows, SuspicionKind::DeadOnList);
    let by_member: BTreeMap<&str, &PairRow> =
        dead.iter().map(|r| (r.left.member.as_str(), *r)).collect();
    assert_eq!(by_member.len(), 2, "{dead:?}");
    let registered = by_member[person(8).to_string().as_str()];
    assert_eq!(
        registered.because,
        "Dukcapil: tercatat meninggal, data tanggal 20 Okt 2026; \
         PKH: masih ada di daftar tanggal 1 Nov 2026, terakhir dibayar Sep 2026"
    );
    let recorded = by_member[person(3).to_string().as_str()];
    assert!(recorded.because.contains("meninggal menurut pendataan"));
    assert!(recorded.right.member.is_empty());
    let ids = [registered.id.clone(), recorded.id.clone()];
    for id in &ids {
        let view = decide(tablet, id, PairVerdict::Different, 0, &[]).expect("looked at");
        assert_eq!(view.row.state, PairState::Different);
    }
    assert_eq!(quiet(&mut world, 0).refused, 0);
    // Newer data of the civil registry say it again, of the one whom they are about.
    died(&world.server, &[people[8]], "2026-12-20");
    quiet(&mut world, 0);
    let rows = list(&world.tablets[0], false);
    let dead = of_kind(&rows, SuspicionKind::DeadOnList);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].id, ids[0]);
}

#[test]
fn what_lists_say_goes_with_the_role_that_sees_them() {
    let people = people();
    let mut world = village_of(&people);
    import(&world.server, "sembako", &[people[6]], "2026-11-01");
    import(&world.server, "blt_dd", &[people[7]], "2026-11-01");
    quiet(&mut world, 0);
    assert!(find(&list(&world.tablets[0], false), 6, 7).is_some());
    let id = world.tablets[0].id;
    world
        .server
        .change_device(id, Some(Role::Enumerator), None)
        .expect("no longer a verifier");
    quiet(&mut world, 0);
    assert!(find(&list(&world.tablets[0], true), 6, 7).is_none());
    // The role comes back, and what is known with it.
    world
        .server
        .change_device(id, Some(Role::VillageVerifier), None)
        .expect("a verifier again");
    quiet(&mut world, 0);
    quiet(&mut world, 0);
    assert!(find(&list(&world.tablets[0], false), 6, 7).is_some());
}

#[test]
fn a_couple_that_a_list_names_is_found_from_the_answers_that_change_as_well() {
    let people = people();
    let mut world = village_of(&people);
    import(&world.server, "sembako", &[people[6]], "2026-11-01");
    import(&world.server, "blt_dd", &[people[7]], "2026-11-01");
    quiet(&mut world, 0);
    let tablet = &world.tablets[0];
    assert!(find(&list(tablet, false), 6, 7).is_some());
    give(tablet, family(3), person(7), "relation_to_head", "3");
    assert!(find(&list(tablet, false), 6, 7).is_none(), "a son");
    give(tablet, family(3), person(7), "relation_to_head", "2");
    assert!(find(&list(tablet, false), 6, 7).is_some());
}

/// Lines of a CSV file by column name; no cell of the sample's lists holds a comma that matters here.
fn cells(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut lines = super::one_nik::csv_lines(&text);
    let names = lines.remove(0);
    lines
        .into_iter()
        .map(|line| names.iter().cloned().zip(line).collect())
        .collect()
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).expect("written");
    out
}

/// Who of the planted couples and of the dead has to be found, by the sample's own truth.
struct Planted {
    couples: BTreeSet<HouseholdId>,
    dead: BTreeSet<String>,
}

fn planted(sample: &Sample, dukcapil: &[u8], lists: &[Vec<u8>]) -> Planted {
    let errors = cells(&written(|out| sample.write_truth_errors(out)));
    let of = |wanted: &str| {
        let wanted = wanted.to_owned();
        errors.iter().filter(move |e| e["injected_error"] == wanted)
    };
    let persons = cells(&written(|out| sample.write_truth_persons(out)));
    let nik_of: BTreeMap<&str, &str> = persons
        .iter()
        .map(|p| (p["person_id"].as_str(), p["nik"].as_str()))
        .collect();
    let registered: BTreeSet<String> = cells(dukcapil)
        .into_iter()
        .filter(|row| row["status"] == "deceased")
        .map(|mut row| row.remove("nik").expect("a NIK"))
        .collect();
    let on_lists: BTreeSet<String> = lists
        .iter()
        .flat_map(|list| cells(list))
        .map(|mut row| row.remove("nik").expect("a NIK"))
        .collect();
    Planted {
        couples: of("husband_and_wife_aided")
            .map(|e| HouseholdId::from_register(&e["register_id"]))
            .collect(),
        dead: of("died_but_active")
            .filter(|e| {
                let nik = nik_of[e["person_id"].as_str()];
                registered.contains(nik) && on_lists.contains(nik)
            })
            .map(|e| InstanceId::from_person(&e["person_id"]).to_string())
            .collect(),
    }
}

#[test]
fn of_a_sample_village_the_couples_and_the_dead_that_were_planted_are_found_and_hardly_anybody_else()
 {
    let (mut couples, mut dead) = ((0, 0, 0), (0, 0, 0));
    for seed in [3, 11] {
        let sample = generate(Size::Village, seed);
        let mut world = World::new(5, 1, 0);
        world
            .server
            .import_prelist(
                &written(|out| sample.write_prelist(out)),
                NOW,
                &mut |_, _| (),
            )
            .expect("imported");
        let dukcapil = written(|out| sample.write_dukcapil(out));
        world
            .server
            .import_dukcapil(
                Cursor::new(dukcapil.clone()),
                Some("2026-10-20".parse().expect("a date")),
                NOW,
                &mut |_, _, _| {},
            )
            .expect("imported");
        let mut lists = Vec::new();
        for programme in [
            Programme::Pkh,
            Programme::Sembako,
            Programme::BltDd,
            Programme::PbiJk,
            Programme::Electricity,
        ] {
            let list = written(|out| sample.write_subsidy(programme, out));
            import_text(
                &world.server,
                programme.file_stem(),
                list.clone(),
                "2026-11-01",
            );
            lists.push(list);
        }
        let village: VillageCode = *sample.villages().keys().next().expect("a village");
        let code = village.to_string();
        let role = Role::VillageVerifier;
        let tablet = enrol_as(&world.server, 41, &[code.as_str()], "Ibu Sri", role);
        world.tablets.push(tablet);
        quiet(&mut world, 0);
        let truth = planted(&sample, &dukcapil, &lists);
        let mut rows = Vec::new();
        on(&world.tablets[0], |device| {
            device.search_all().expect("searched");
            let query = DuplicatesQuery {
                kinds: vec![SuspicionKind::CoupleOnLists, SuspicionKind::DeadOnList],
                limit: 200,
                ..DuplicatesQuery::default()
            };
            rows.extend(device.duplicates(&query).expect("listed").rows);
        });
        let found: BTreeSet<HouseholdId> = of_kind(&rows, SuspicionKind::CoupleOnLists)
            .iter()
            .flat_map(|row| [&row.left.household, &row.right.household])
            .map(|id| id.parse().expect("an id"))
            .collect();
        couples.0 += truth.couples.len();
        couples.1 += truth.couples.intersection(&found).count();
        couples.2 += found.difference(&truth.couples).count();
        let found: BTreeSet<String> = of_kind(&rows, SuspicionKind::DeadOnList)
            .iter()
            .map(|row| row.left.member.clone())
            .collect();
        dead.0 += truth.dead.len();
        dead.1 += truth.dead.intersection(&found).count();
        dead.2 += found.difference(&truth.dead).count();
    }
    println!(
        "couples aided apart: {} planted, {} found, {} others; dead on a list: {} planted, {} found, {} others",
        couples.0, couples.1, couples.2, dead.0, dead.1, dead.2
    );
    assert!(
        couples.0 >= 6 && couples.1 * 10 >= couples.0 * 9,
        "{couples:?}"
    );
    assert!(couples.2 * 10 <= couples.1, "{couples:?}");
    assert!(dead.0 >= 20 && dead.1 * 10 >= dead.0 * 9, "{dead:?}");
    assert!(dead.2 * 10 <= dead.1, "{dead:?}");
}

#[test]
fn husband_and_wife_aided_apart_and_the_dead_who_receive_are_found_and_settled_by_looking() {
    let both = &["program_sembako", "program_blt_dd"][..];
    let mut people = people();
    people[6].aid = both;
    people[8].presence = "2";
    people[8].aid = &["program_pkh"];
    let world = village_of(&people);
    let tablet = &world.tablets[0];
    let rows = list(tablet, false);
    let couple = find(&rows, 6, 7).expect("a couple");
    assert_eq!(couple.kind, SuspicionKind::CoupleAidedApart);
    assert_eq!(couple.because, "Sembako, BLT-DD");
    let dead = rows
        .iter()
        .find(|row| row.kind == SuspicionKind::DeadReceiving)
        .expect("somebody who died");
    assert_eq!(dead.left.member, person(8).to_string());
    assert!(dead.right.member.is_empty());
    for row in [&couple, dead] {
        let wrong = decide(tablet, &row.id, PairVerdict::Same, 1, &[]).expect_err("no pair");
        assert_eq!(wrong.code, "pair_verdict");
        let view = decide(tablet, &row.id, PairVerdict::Different, 0, &[]).expect("looked at");
        assert_eq!(view.row.state, PairState::Different);
    }
    let left = list(tablet, false);
    assert!(left.iter().all(|r| r.id != couple.id && r.id != dead.id));
}

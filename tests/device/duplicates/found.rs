//! What is found, and while somebody types.

use super::*;

#[test]
fn one_person_in_three_families_is_found_with_reasons_and_a_masked_number_and_strangers_are_not() {
    let world = village();
    let rows = list(&world.tablets[0], false);
    let pair = find(&rows, 0, 2).expect("RUDI and RUDY");
    assert_eq!(pair.kind, SuspicionKind::TwoFamilies);
    assert_eq!(pair.state, PairState::Open);
    assert!(pair.percent > 95, "{}", pair.percent);
    assert_eq!(pair.left.nik, "180901******9001");
    assert!(pair.because.contains("NIK"), "{}", pair.because);
    assert!(find(&rows, 0, 4).is_some() && find(&rows, 2, 4).is_some());
    // That these families receive village-fund aid beside another is no pair of persons.
    let wrong: Vec<&PairRow> = rows
        .iter()
        .filter(|r| r.kind != SuspicionKind::CoupleAidedApart)
        .filter(|r| {
            ![0, 2, 4]
                .iter()
                .any(|n| r.left.member == person(*n).to_string())
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let view = on(&world.tablets[0], |d| d.pair(&pair.id).expect("a pair"));
    let name = view
        .fields
        .iter()
        .find(|f| f.field == "name")
        .expect("the name");
    assert!(name.differs && name.left != name.right);
    let nik = view
        .fields
        .iter()
        .find(|f| f.field == "nik")
        .expect("the NIK");
    assert!(!nik.differs && nik.left.contains('*') && nik.right.contains('*'));
    assert!(
        view.reasons
            .iter()
            .any(|r| r.field == "birth_date" && r.bits > 0.0)
    );
    let json = serde_json::to_string(&view).expect("json");
    assert!(!json.contains(RUDI.nik), "a NIK in clear");
}

#[test]
fn whoever_may_stand_twice_waits_in_the_queue_once_found_and_no_longer_once_somebody_decided() {
    let mut world = village();
    let second = enrol_as(
        &world.server,
        43,
        &[VILLAGE],
        "Pak Made",
        Role::VillageVerifier,
    );
    world.tablets.push(second);
    quiet(&mut world, 2);
    let waiting = |tablet: &Tablet| -> Vec<HouseholdId> {
        on(tablet, |device| {
            let query = DeskQuery {
                reasons: vec![DeskReason::Duplicate],
                ..DeskQuery::default()
            };
            let found = device.desk(&query).expect("desk");
            let mut all: Vec<HouseholdId> = found
                .rows
                .iter()
                .map(|row| row.household.parse().expect("an id"))
                .collect();
            all.sort();
            all
        })
    };
    let mut three = [family(0), family(1), family(2)];
    three.sort();
    // A couple of them look alike to somebody else too.
    let mut rest = Vec::new();
    for tablet in [0, 2] {
        assert!(waiting(&world.tablets[tablet]).is_empty());
        on(&world.tablets[tablet], |d| {
            d.search_all().expect("searched")
        });
        let found = waiting(&world.tablets[tablet]);
        assert!(three.iter().all(|id| found.contains(id)), "{found:?}");
        rest = found.into_iter().filter(|id| !three.contains(id)).collect();
    }
    let rows = list(&world.tablets[0], false);
    for (a, b) in [(0, 2), (0, 4), (2, 4)] {
        let pair = find(&rows, a, b).expect("a pair").id;
        decide(&world.tablets[0], &pair, PairVerdict::Different, 0, &[]).expect("decided");
    }
    assert_eq!(waiting(&world.tablets[0]), rest);
    let before = waiting(&world.tablets[2]);
    assert!(
        three.iter().all(|id| before.contains(id)),
        "nothing heard yet"
    );
    quiet(&mut world, 0);
    quiet(&mut world, 2);
    assert_eq!(waiting(&world.tablets[2]), rest);
}

#[test]
fn who_is_typed_is_known_from_the_eighth_digit_or_a_name_with_a_date_and_is_no_hit_for_oneself() {
    let world = village();
    let tablet = &world.tablets[1];
    let household = family(3);
    on(tablet, |device| {
        let ask = |device: &mut Device, member: &str, typed: &[(&str, &str)]| {
            device
                .check_person(&CheckPersonRequest {
                    household: household.to_string(),
                    member: member.to_owned(),
                    typed: typed
                        .iter()
                        .map(|(k, v)| ((*k).into(), (*v).into()))
                        .collect(),
                })
                .expect("checked")
        };
        assert!(ask(device, "", &[("nik", RUDI.nik)]).preparing);
        // Asking does not throw back what is being made.
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < 100, "the search comes to no end");
            match device.search_step().expect("a step") {
                Searched::Done => break,
                Searched::Build(unbuilt) => {
                    assert!(ask(device, "", &[("nik", RUDI.nik)]).preparing);
                    device.take_index(unbuilt.build());
                }
                Searched::More | Searched::Elsewhere => {
                    ask(device, "", &[("nik", RUDI.nik)]);
                }
            }
        }
        let by_nik = ask(device, "", &[("nik", &RUDI.nik[..15]), ("name", "Rudi H")]);
        assert!(by_nik.alike.iter().any(|a| a.person.name == "RUDI HARTONO"));
        assert!(
            by_nik
                .alike
                .iter()
                .all(|a| !a.here && a.person.nik.contains('*'))
        );
        let by_name = ask(
            device,
            "",
            &[("name", "Rudi Harton"), ("birth_date", "1981-03-07")],
        );
        assert!(by_name.alike.len() >= 2, "{by_name:?}");
        assert!(
            by_name.alike[0].because.contains("nama"),
            "{}",
            by_name.alike[0].because
        );
        let own = person(6).to_string();
        let typed = [("nik", "1809016211909001"), ("name", "Dewi Lestari")];
        let oneself = ask(device, &own, &typed);
        assert!(
            oneself.alike.iter().all(|a| a.person.member != own),
            "{oneself:?}"
        );
        // Somebody who was typed a minute ago, in the same visit, and is in no record yet.
        let twin = device.add_member(household, Whole::Visit).expect("added");
        for (key, value) in [("name", "Dewi Lestary"), ("birth_date", "1990-11-22")] {
            let path = FieldPath::of("members", twin, key);
            device
                .answer(household, &path, value, Whole::Visit)
                .expect("typed");
        }
        let again = ask(
            device,
            &own,
            &[("name", "Dewi Lestari"), ("birth_date", "1990-11-22")],
        );
        assert!(
            again
                .alike
                .iter()
                .any(|a| a.here && a.person.name == "Dewi Lestary"),
            "{again:?}"
        );
    });
}

#[test]
fn suspicions_follow_what_is_answered_and_what_comes_and_are_the_same_after_a_rebuild() {
    let mut world = village();
    assert!(find(&list(&world.tablets[1], false), 8, 5).is_none());
    // The verifier finds out that BAMBANG is AGUS.
    for (key, value) in [
        ("name", "AGUS SETIYAWAN"),
        ("nik", "1809012809929001"),
        ("birth_date", "1992-09-28"),
        ("mother_maiden_name", "ROMLAH"),
    ] {
        give(&world.tablets[0], family(2), person(5), key, value);
    }
    assert!(find(&list(&world.tablets[0], false), 8, 5).is_some());
    quiet(&mut world, 0);
    quiet(&mut world, 1);
    assert!(find(&list(&world.tablets[1], false), 8, 5).is_some());
    let rows = |tablet: &Tablet| {
        let mut ids: Vec<(String, u32)> = list(tablet, true)
            .into_iter()
            .map(|row| (row.id, row.percent))
            .collect();
        ids.sort();
        ids
    };
    let before = rows(&world.tablets[1]);
    on(&world.tablets[1], |d| {
        d.rebuild(|_, _| ()).expect("rebuilt")
    });
    assert_eq!(rows(&world.tablets[1]).len(), before.len());
    world.restart(1);
    let after: Vec<String> = rows(&world.tablets[1]).into_iter().map(|r| r.0).collect();
    assert_eq!(after, before.into_iter().map(|r| r.0).collect::<Vec<_>>());
    let _ = place(family(0), person(0));
}

//! Who may write what, on devices: denied before it is written, refused work that is rebased, proposals.

use crate::{answer, complete, first, world};
use lawang_app::{Whole, views};
use lawang_domain::{FieldPath, HouseholdId, RecordState, Role};
use lawang_records::{Record, Write};
use lawang_tests::{
    network::Faults,
    prelist::VILLAGE,
    world::{World, enrol_as},
};

/// An enumerator (0) and a verifier (1) who have the list.
fn village() -> World {
    let mut world = world(1);
    let verifier = enrol_as(
        &world.server,
        77,
        &[VILLAGE],
        "Ibu Sri",
        Role::VillageVerifier,
    );
    world.tablets.push(verifier);
    quiet(&mut world, 1);
    world
}

fn quiet(world: &mut World, tablet: usize) -> lawang_sync::Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "device {tablet} and the server differ");
    report
}

fn with<T>(world: &World, tablet: usize, work: impl FnOnce(&mut lawang_app::Device) -> T) -> T {
    work(&mut world.tablets[tablet].device.lock().expect("a device"))
}

fn give(world: &World, tablet: usize, household: HouseholdId, key: &str, value: &str) {
    let path = FieldPath::household(key);
    with(world, tablet, |device| {
        device
            .give(household, None, &[(path, value.into())])
            .expect("saved")
    });
}

fn text(world: &World, tablet: usize, household: HouseholdId, key: &str) -> String {
    with(world, tablet, |device| {
        let state = device.state(household).expect("state");
        state.answer(key).to_owned()
    })
}

fn list(world: &World, tablet: usize) -> views::ProposalList {
    with(world, tablet, |device| {
        device.proposals(false).expect("proposals")
    })
}

/// The enumerator finishes a visit, and it arrives at both.
fn visited(world: &mut World) -> HouseholdId {
    let household = first(world);
    with(world, 0, |device| {
        complete(device, household);
        device.submit(household, Whole::Visit).expect("submitted");
    });
    world.tablets[0].environment.advance(60_000);
    quiet(world, 0);
    quiet(world, 1);
    household
}

fn verified(world: &mut World) -> HouseholdId {
    let household = visited(world);
    let state = with(world, 1, |device| {
        device.approve(household, "").expect("approved")
    });
    assert_eq!(state, RecordState::FieldVerified);
    quiet(world, 1);
    household
}

fn office(world: &World, role: Role) {
    let id = world.tablets[0].id;
    world
        .server
        .change_device(id, Some(role), None)
        .expect("another role");
}

#[test]
fn late_work_on_a_verified_record_becomes_proposals_that_the_verifier_takes_over() {
    let mut world = village();
    let household = verified(&mut world);
    let before = text(&world, 0, household, "rt");
    // The enumerator does not know yet, and works on: the second change builds on the first.
    give(&world, 0, household, "rt", "019");
    give(&world, 0, household, "rw", "018");
    let report = quiet(&mut world, 0);
    assert!(report.refused > 0);
    assert_eq!(text(&world, 0, household, "rt"), before);
    let mine = list(&world, 0).mine;
    assert_eq!(mine.len(), 2, "{mine:?}");
    for proposal in &mine {
        assert_eq!(proposal.code, "record_closed");
        assert!(
            proposal.reason.contains("sudah diperiksa"),
            "{}",
            proposal.reason
        );
        assert!(proposal.cannot_send.is_empty() && !proposal.cannot_correct.is_empty());
    }
    let values: Vec<&str> = mine
        .iter()
        .flat_map(|p| p.fields.iter().map(|f| f.new.as_str()))
        .collect();
    assert!(
        values.contains(&"019") && values.contains(&"018"),
        "{values:?}"
    );
    for proposal in &mine {
        let id = proposal.id.parse().expect("an id");
        with(&world, 0, |device| {
            device.send_proposal(id, "pindah RT").expect("sent")
        });
    }
    assert!(list(&world, 0).mine.is_empty());
    assert_eq!(quiet(&mut world, 0).refused, 0);
    quiet(&mut world, 1);
    let received = list(&world, 1).received;
    assert_eq!(received.len(), 2);
    assert!(
        received
            .iter()
            .all(|p| p.person == "Enumerator 0" && p.note == "pindah RT")
    );
    for proposal in received {
        let id = proposal.id.parse().expect("an id");
        let take = proposal.fields.iter().any(|f| f.new == "019");
        with(&world, 1, |device| {
            device
                .answer_proposal(household, id, take, "sudah dilihat")
                .expect("answered")
        });
    }
    assert!(list(&world, 1).received.is_empty());
    quiet(&mut world, 1);
    quiet(&mut world, 0);
    assert_eq!(text(&world, 0, household, "rt"), "019");
    assert_ne!(text(&world, 0, household, "rw"), "018");
    let digest = |tablet| {
        with(&world, tablet, |device| {
            device.digest(household).expect("digest")
        })
    };
    assert_eq!(digest(0), digest(1));
}

#[test]
fn a_returned_record_is_marked_and_open_again_and_the_reason_is_there() {
    let mut world = village();
    let household = verified(&mut world);
    quiet(&mut world, 0);
    let path = FieldPath::household("rt");
    let denied = with(&world, 0, |device| {
        device.answer(household, &path, "020", Whole::Everything)
    })
    .expect_err("closed");
    assert_eq!(denied.code, "record_closed");
    assert!(denied.words("id").0.contains("diverifikasi desa"));
    with(&world, 1, |device| {
        let none = device
            .return_with_comment(household, " ", &[])
            .expect_err("no reason");
        assert_eq!(none.code, "reason_needed");
        device
            .return_with_comment(
                household,
                "RT salah",
                &[(path.clone(), "periksa lagi".into())],
            )
            .expect("returned");
    });
    quiet(&mut world, 1);
    quiet(&mut world, 0);
    let card = with(&world, 0, |device| device.store().card(household))
        .expect("read")
        .expect("a card");
    assert_eq!(card.state, lawang_domain::VisitState::Returned);
    let review = with(&world, 0, |device| device.store().review(household))
        .expect("read")
        .expect("a review");
    assert_eq!(
        (review.reason.as_str(), review.person.as_str()),
        ("RT salah", "Ibu Sri")
    );
    give(&world, 0, household, "rt", "020");
    assert_eq!(quiet(&mut world, 0).refused, 0);
}

#[test]
fn nobody_decides_what_is_not_theirs_to_decide() {
    let mut world = village();
    let household = visited(&mut world);
    let code = |tablet: usize| {
        with(&world, tablet, |device| {
            device.approve(household, "").map(|_| ())
        })
        .expect_err("denied")
        .code
    };
    assert_eq!(code(0), "role_may_not");
    let assign = with(&world, 0, |device| device.assign(household, "Budi", "", ""));
    assert_eq!(assign.expect_err("denied").code, "role_may_not");
    with(&world, 1, |device| {
        device.approve(household, "").expect("approved")
    });
    assert_eq!(code(1), "wrong_state");
    with(&world, 1, |device| {
        device
            .assign(household, "Budi", "", "dekat rumahnya")
            .expect("assigned")
    });
    assert_eq!(quiet(&mut world, 1).refused, 0);
    quiet(&mut world, 0);
    let review = with(&world, 0, |device| device.store().review(household)).expect("read");
    assert_eq!(review.expect("a review").assigned, "Budi");
    // Tables built anew say the same.
    let before = with(&world, 0, |device| device.store().review(household)).expect("read");
    with(&world, 0, |device| {
        device.rebuild(|_, _| ()).expect("rebuilt")
    });
    let after = with(&world, 0, |device| device.store().review(household)).expect("read");
    assert_eq!(before, after);
}

/// A change that another program wrote into the device's log: its actor is none of the device's.
fn foreign_change(world: &World, household: HouseholdId, key: &str, value: &str) {
    with(world, 0, |device| {
        let mut record: Record = device.record(household).expect("record");
        let heads = record.heads();
        let write = [Write::Put(FieldPath::household(key), value.to_owned())];
        let change = record
            .write(&heads, &[9; 16], 1_795_309_200, &write)
            .expect("written")
            .expect("a change");
        device
            .store()
            .raw()
            .execute(
                "INSERT INTO change_log (hash, household, village, body, device, person, role, at, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'Lain', 'enumerator', 1795309200, 0)",
                (
                    change.hash.0.as_slice(),
                    household.as_bytes().as_slice(),
                    VILLAGE,
                    &change.bytes,
                    device.id().as_bytes().as_slice(),
                ),
            )
            .expect("inserted");
    });
}

#[test]
fn what_builds_on_a_refused_change_goes_through_in_the_same_exchange() {
    let mut world = village();
    let household = first(&world);
    foreign_change(&world, household, "address", "Dusun Asing");
    give(&world, 0, household, "rt", "019");
    give(&world, 0, household, "rt", "020");
    assert_eq!(text(&world, 0, household, "address"), "Dusun Asing");
    let report = quiet(&mut world, 0);
    assert_eq!(report.refused, 1, "only the change that was refused itself");
    quiet(&mut world, 1);
    for tablet in 0..2 {
        assert_eq!(text(&world, tablet, household, "rt"), "020");
        assert_ne!(text(&world, tablet, household, "address"), "Dusun Asing");
    }
    let mine = list(&world, 0).mine;
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].fields[0].new, "Dusun Asing");
    assert_eq!(mine[0].code, "wrong_actor");
    // Nothing waits, and the next exchange is a quiet one.
    let report = quiet(&mut world, 0);
    assert_eq!((report.pushed, report.refused), (0, 0));
}

#[test]
fn a_crash_anywhere_between_refusal_and_rebase_loses_nothing() {
    for after in 0..12 {
        let mut world = village();
        let household = first(&world);
        foreign_change(&world, household, "address", "Dusun Asing");
        give(&world, 0, household, "rt", "019");
        with(&world, 0, |device| device.store().crash_after(Some(after)));
        let done = world.exchange(0, Faults::default());
        if let Err(error) = done {
            assert_eq!(error.code, "crash");
        }
        world.restart(0);
        quiet(&mut world, 0);
        assert_eq!(text(&world, 0, household, "rt"), "019", "after {after}");
        assert_ne!(text(&world, 0, household, "address"), "Dusun Asing");
        let mine = list(&world, 0).mine;
        assert_eq!(mine.len(), 1, "after {after}: {mine:?}");
        assert_eq!(mine[0].fields[0].new, "Dusun Asing");
    }
}

#[test]
fn who_may_no_longer_write_is_told_before_writing_and_keeps_what_was_written() {
    let mut world = village();
    let household = first(&world);
    with(&world, 0, |device| answer(device, household, "rt", "019"));
    office(&world, Role::Auditor);
    let report = quiet(&mut world, 0);
    assert!(report.refused > 0);
    let denied = with(&world, 0, |device| {
        device.answer(household, &FieldPath::household("rt"), "020", Whole::Visit)
    })
    .expect_err("denied");
    assert_eq!(denied.code, "role_may_not");
    assert!(
        denied.words("en").0.contains("auditor"),
        "{:?}",
        denied.words("en")
    );
    let mine = list(&world, 0).mine;
    assert!(mine.iter().any(|p| p.fields.iter().any(|f| f.new == "019")));
    assert!(
        mine.iter().all(|p| !p.cannot_send.is_empty()),
        "an auditor proposes nothing"
    );
    // With the role back, the visit that was open goes on, and the answer is given again.
    office(&world, Role::Enumerator);
    quiet(&mut world, 0);
    let id = mine[0].id.parse().expect("an id");
    let place = with(&world, 0, |device| {
        device.correct_proposal(id).expect("opened")
    });
    assert_eq!(place.household, household.to_string());
    with(&world, 0, |device| answer(device, household, "rt", "021"));
    assert_eq!(quiet(&mut world, 0).refused, 0);
    quiet(&mut world, 1);
    assert_eq!(text(&world, 1, household, "rt"), "021");
}

#[test]
fn what_is_laid_aside_stays_in_the_log_and_is_marked() {
    let mut world = village();
    let household = first(&world);
    foreign_change(&world, household, "address", "Dusun Asing");
    quiet(&mut world, 0);
    let card = |world: &World| {
        with(world, 0, |device| device.store().card(household))
            .expect("read")
            .expect("a card")
            .state
    };
    assert_eq!(card(&world), lawang_domain::VisitState::Refused);
    let proposal = list(&world, 0).mine.remove(0);
    let id = proposal.id.parse().expect("an id");
    with(&world, 0, |device| {
        device.discard_proposal(id).expect("laid aside")
    });
    assert_ne!(card(&world), lawang_domain::VisitState::Refused);
    let again = with(&world, 0, |device| device.discard_proposal(id)).expect_err("once");
    assert_eq!(again.code, "no_proposal");
    let all = with(&world, 0, |device| {
        device.proposals(true).expect("proposals")
    })
    .mine;
    assert_eq!((all.len(), all[0].state.as_str()), (1, "discarded"));
    let kept = with(&world, 0, |device| {
        device.store().changes(household).expect("log")
    });
    assert!(
        kept.iter()
            .any(|c| c.reason.as_deref() == Some("wrong_actor") && !c.applied)
    );
    assert_eq!(world.server.quarantine().expect("quarantine").len(), 1);
}

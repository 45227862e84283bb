//! Each hostile input of the design, as a batch that an enrolled device really sends.

use crate::{
    common::*,
    forge::{self, OBJECT_COUNTER, PREDECESSOR_COUNTER},
};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId, Role};
use lawang_records::{NewChange, NewEvent, Record, SETTLEMENTS, VISITS, Write, write_event};
use lawang_server::Server;
use lawang_sync::{SignedBatch, Verdict, compress};
use uuid::Uuid;

fn refused(code: &str) -> Verdict {
    Verdict::Refused(code.to_owned())
}

fn one(tablet: &Tablet, server: &Server, change: &NewChange) -> Verdict {
    let verdicts = tablet.push(server, &[(home("R1"), change)]).unwrap();
    verdicts.into_iter().next().unwrap()
}

fn accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted(_))
}

fn answer(server: &Server, key: &str) -> String {
    let household = server.household(home("R1")).unwrap().unwrap();
    household.answer(key).to_owned()
}

fn field(repeat: &str, id: InstanceId, key: &str, value: &str) -> Write {
    Write::Put(FieldPath::of(repeat, id, key), value.to_owned())
}

/// A submitted visit of the household, on the record.
fn visit(tablet: &Tablet, record: &mut Record) -> (InstanceId, NewChange) {
    let id = InstanceId(Uuid::from_u128(77));
    let add = Write::AddInstance {
        repeat: VISITS.into(),
        id,
        order: "1".into(),
    };
    let writes = [
        add,
        field(VISITS, id, "form", "household_visit"),
        field(VISITS, id, "submitted", "2026-11-21T03:00:00Z"),
    ];
    (id, tablet.write(record, &writes))
}

fn decision(tablet: &Tablet, record: &mut Record, id: u128, to: &str, on: InstanceId) -> NewChange {
    let visit = on.to_string();
    let event = NewEvent {
        id: InstanceId(Uuid::from_u128(id)),
        repeat: Event::DECISIONS,
        at: 1,
        fields: &[("decision", to), ("reason", "lengkap"), ("visit", &visit)],
    };
    let seen = record.state().unwrap();
    tablet.write(record, &write_event(&seen, &event))
}

fn verification() -> Record {
    Record::genesis_of(home("R1"), DocumentKind::Verification).unwrap()
}

fn beside(tablet: &Tablet, server: &Server, change: &NewChange) -> Verdict {
    let batch = tablet.batch_beside(home("R1"), DocumentKind::Verification, change);
    tablet.send(server, &batch).unwrap().remove(0)
}

#[test]
fn no_change_with_a_flipped_bit_is_taken_and_the_server_goes_on() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let honest = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "009")]);
    for at in 0..honest.bytes.len() {
        for bit in [0, 7] {
            let mut flipped = honest.clone();
            flipped.bytes[at] ^= 1 << bit;
            let verdict = one(&tablet, &server, &flipped);
            assert!(!accepted(&verdict), "byte {at} bit {bit}");
        }
    }
    // And with a checksum that fits: whatever it then says, it never breaks anything.
    for at in 9..honest.bytes.len() {
        let mut bytes = honest.bytes.clone();
        bytes[at] ^= 1;
        one(&tablet, &server, &forge::sealed(bytes));
    }
    server.rebuild().unwrap();
    let other = Tablet::enrol(&server, 2, &[HERE]);
    let fine = other.write(&mut other.record(&server, home("R2")), &[put("rt", "5")]);
    let verdicts = other.push(&server, &[(home("R2"), &fine)]).unwrap();
    assert!(accepted(&verdicts[0]));
}

#[test]
fn a_counter_that_jumps_ahead_is_refused() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let honest = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "009")]);
    let forged = forge::with_start_op(&honest);
    assert_eq!(one(&tablet, &server, &forged), refused("bad_counter"));
    assert!(accepted(&one(&tablet, &server, &honest)));
}

#[test]
fn a_write_into_an_object_that_is_not_there_is_refused() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let honest = tablet.write(
        &mut tablet.record(&server, home("R1")),
        &[put("new_field", "1")],
    );
    let forged = forge::with_column(&honest, OBJECT_COUNTER, 0x3f);
    assert_eq!(one(&tablet, &server, &forged), refused("unknown_object"));
}

#[test]
fn a_predecessor_that_stands_elsewhere_is_refused() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let honest = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "009")]);
    let forged = forge::with_column(&honest, PREDECESSOR_COUNTER, 1);
    assert_eq!(one(&tablet, &server, &forged), refused("bad_predecessor"));
    assert_eq!(answer(&server, "rt"), "001");
}

#[test]
fn a_stolen_actor_and_one_that_was_used_twice_are_refused() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let thief = Tablet::enrol(&server, 2, &[HERE]);
    let first = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "1")]);
    // Another life of the same device that does not know what the first one said.
    let second = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "2")]);
    assert_eq!(one(&thief, &server, &first), refused("wrong_actor"));
    assert!(accepted(&one(&tablet, &server, &first)));
    assert_eq!(one(&tablet, &server, &second), refused("reused_actor"));
    assert_eq!(answer(&server, "rt"), "1");
}

#[test]
fn a_batch_that_inflates_to_hundreds_of_megabytes_is_refused_before_it_does() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let bomb = compress(&vec![0; 200 << 20], 1);
    assert!(bomb.len() < 1 << 20, "it is small on the wire");
    let signature = tablet.key.sign("batch", &bomb);
    let mut batch: SignedBatch = tablet.batch(&[], &[]);
    batch.body = bomb.into();
    batch.signature = signature.into();
    let error = tablet.send(&server, &batch).unwrap_err();
    assert_eq!(error.code, "batch_too_large");
    // A compressed change could do the same inside: its chunk is of another type.
    let mut inside = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "1")]);
    inside.bytes[8] = 2;
    let inside = forge::sealed(inside.bytes);
    assert_eq!(one(&tablet, &server, &inside), refused("malformed_change"));
}

#[test]
fn an_enumerator_approves_nothing_and_nobody_approves_what_is_their_own() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let mut record = tablet.record(&server, home("R1"));
    let (id, submitted) = visit(&tablet, &mut record);
    assert!(accepted(&one(&tablet, &server, &submitted)));
    let forged = decision(&tablet, &mut verification(), 1, "field_verified", id);
    assert_eq!(beside(&tablet, &server, &forged), refused("role_may_not"));
    // The same person with another role and another device.
    let own = Tablet::enrol_as(&server, 2, &[HERE], Role::VillageVerifier);
    let forged = decision(&own, &mut verification(), 2, "field_verified", id);
    assert_eq!(beside(&own, &server, &forged), refused("own_work"));
    let verifier = Tablet::enrol_named(&server, 3, &[HERE], Role::VillageVerifier, "Ibu Sri");
    let mut document = verification();
    let honest = decision(&verifier, &mut document, 3, "field_verified", id);
    assert!(accepted(&beside(&verifier, &server, &honest)));
    let jumped = decision(&verifier, &mut document, 4, "regent_approved", id);
    assert_eq!(beside(&verifier, &server, &jumped), refused("role_may_not"));
}

#[test]
fn who_changed_answers_of_a_visit_does_not_accept_it_and_may_not_hide_that_behind_a_settlement() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let verifier = Tablet::enrol_named(&server, 2, &[HERE], Role::VillageVerifier, "Ibu Sri");
    let other = Tablet::enrol_named(&server, 3, &[HERE], Role::VillageVerifier, "Pak Joko");
    // Of the same person, and it has not exchanged since: nobody knows whether it has seen what the first one wrote.
    let second = Tablet::enrol_named(&server, 4, &[HERE], Role::VillageVerifier, "Ibu Sri");
    let mut record = tablet.record(&server, home("R1"));
    let (id, submitted) = visit(&tablet, &mut record);
    assert!(accepted(&one(&tablet, &server, &submitted)));
    let settlement = InstanceId(Uuid::from_u128(78));
    let settled = [
        put("rt", "009"),
        Write::AddInstance {
            repeat: SETTLEMENTS.into(),
            id: settlement,
            order: "2".into(),
        },
        field(SETTLEMENTS, settlement, "path", "rt"),
        field(SETTLEMENTS, settlement, "reason", "saya lihat"),
    ];
    let forged = verifier.write(&mut record, &settled);
    assert!(accepted(&one(&verifier, &server, &forged)));
    let forged = decision(&verifier, &mut verification(), 1, "field_verified", id);
    assert_eq!(beside(&verifier, &server, &forged), refused("own_work"));
    let mut document = verification();
    let honest = decision(&second, &mut document, 2, "field_verified", id);
    assert!(accepted(&beside(&second, &server, &honest)));
    let honest = decision(&other, &mut verification(), 3, "field_verified", id);
    assert!(accepted(&beside(&other, &server, &honest)));
}

#[test]
fn what_was_verified_is_closed_to_the_enumerator_until_it_is_returned() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let verifier = Tablet::enrol_named(&server, 2, &[HERE], Role::VillageVerifier, "Ibu Sri");
    let mut record = tablet.record(&server, home("R1"));
    let (id, submitted) = visit(&tablet, &mut record);
    assert!(accepted(&one(&tablet, &server, &submitted)));
    let mut document = verification();
    let verified = decision(&verifier, &mut document, 3, "field_verified", id);
    assert!(accepted(&beside(&verifier, &server, &verified)));
    let late = tablet.write(&mut record, &[put("rt", "009")]);
    assert_eq!(one(&tablet, &server, &late), refused("record_closed"));
    assert_eq!(answer(&server, "rt"), "001");
    let returned = decision(&verifier, &mut document, 4, "returned", id);
    assert!(accepted(&beside(&verifier, &server, &returned)));
    assert!(accepted(&one(&tablet, &server, &late)), "it is open again");
}

#[test]
fn nobody_hides_a_decision_or_a_visit_by_making_it_again() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let verifier = Tablet::enrol_named(&server, 2, &[HERE], Role::VillageVerifier, "Ibu Sri");
    let mut record = tablet.record(&server, home("R1"));
    let (on, visited) = visit(&tablet, &mut record);
    assert!(accepted(&one(&tablet, &server, &visited)));
    let mut document = verification();
    let decided = decision(&verifier, &mut document, 5, "field_verified", on);
    assert!(accepted(&beside(&verifier, &server, &decided)));
    // At the first change the decision is not there yet, and a comment is what an enumerator may write.
    let first = vec![document.genesis_hash().unwrap()];
    let add = |repeat: &str, id: InstanceId| Write::AddInstance {
        repeat: repeat.into(),
        id,
        order: "1".into(),
    };
    let id = InstanceId(Uuid::from_u128(5));
    let comment = [
        add(Event::COMMENTS, id),
        field(Event::COMMENTS, id, "step", "1"),
        field(Event::COMMENTS, id, "text", "x"),
    ];
    let again = tablet.write_at(&mut document, &first, &comment);
    assert_eq!(beside(&tablet, &server, &again), refused("instance_taken"));
    // The same with a visit in the answers.
    let thief = Tablet::enrol(&server, 3, &[HERE]);
    let first = vec![record.genesis_hash().unwrap()];
    let visit = [
        add(VISITS, on),
        field(VISITS, on, "form", "household_visit"),
    ];
    let again = thief.write_at(&mut record, &first, &visit);
    assert_eq!(one(&thief, &server, &again), refused("instance_taken"));
    // What was decided stands: the record is closed to the enumerator.
    let late = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "9")]);
    assert!(!accepted(&one(&tablet, &server, &late)));
}

#[test]
fn nobody_rewrites_a_decision_and_no_step_jumps_ahead() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let verifier = Tablet::enrol_named(&server, 2, &[HERE], Role::VillageVerifier, "Ibu Sri");
    let (id, submitted) = visit(&tablet, &mut tablet.record(&server, home("R1")));
    assert!(accepted(&one(&tablet, &server, &submitted)));
    let mut document = verification();
    let honest = decision(&verifier, &mut document, 3, "returned", id);
    assert!(accepted(&beside(&verifier, &server, &honest)));
    let event = InstanceId(Uuid::from_u128(3));
    let rewritten = verifier.write(
        &mut document.clone(),
        &[field(Event::DECISIONS, event, "decision", "field_verified")],
    );
    assert_eq!(
        beside(&verifier, &server, &rewritten),
        refused("written_once")
    );
    let mut ahead = document.clone();
    let add = Write::AddInstance {
        repeat: Event::DECISIONS.into(),
        id: InstanceId(Uuid::from_u128(9)),
        order: "1".into(),
    };
    let jump = [
        add,
        field(
            Event::DECISIONS,
            InstanceId(Uuid::from_u128(9)),
            "step",
            "1000000",
        ),
    ];
    let jump = verifier.write(&mut ahead, &jump);
    assert_eq!(beside(&verifier, &server, &jump), refused("bad_counter"));
    // Field answers under the name of a verification build on nothing that is there.
    let wrong = tablet.write(&mut tablet.record(&server, home("R2")), &[put("rt", "1")]);
    assert_eq!(
        beside(&tablet, &server, &wrong),
        refused("missing_dependency")
    );
}

#[test]
fn a_write_to_a_protected_field_is_refused_even_where_it_would_lose() {
    let server = server();
    let csv = |decile| {
        prelist(&[(
            "R1",
            HERE,
            "P1",
            &[("name", "Siti"), ("rt", "001"), ("welfare_decile", decile)],
        )])
    };
    import(&server, &csv("3"));
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let old = tablet.record(&server, home("R1"));
    // The register writes anew: what is written at the old heads stands beside it, and may lose.
    for decile in ["4", "5", "6"] {
        import(&server, &csv(decile));
    }
    let losing = tablet.write(&mut old.clone(), &[put("welfare_decile", "1")]);
    assert_eq!(one(&tablet, &server, &losing), refused("register_field"));
    let hidden = tablet.write(
        &mut old.clone(),
        &[put("rt", "002"), put("welfare_decile", "1")],
    );
    assert_eq!(one(&tablet, &server, &hidden), refused("register_field"));
    let household = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(household.answer("welfare_decile"), "6");
    assert!(household.conflicts.is_empty());
}

#[test]
fn a_write_inside_a_removed_member_is_refused_unless_it_was_made_before() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let other = Tablet::enrol(&server, 2, &[HERE]);
    let member = InstanceId::from_person("P2");
    let mut record = tablet.record(&server, home("R1"));
    let unaware = other.write(
        &mut other.record(&server, home("R1")),
        &[field("members", member, "name", "Budi S")],
    );
    let removed = tablet.write(
        &mut record,
        &[field("members", member, "_status", "removed")],
    );
    assert!(accepted(&one(&tablet, &server, &removed)));
    let inside = tablet.write(
        &mut record.clone(),
        &[field("members", member, "name", "Hantu")],
    );
    assert_eq!(one(&tablet, &server, &inside), refused("removed_member"));
    assert!(accepted(&one(&other, &server, &unaware)), "it did not know");
    let back = tablet.write(
        &mut record,
        &[
            field("members", member, "_status", ""),
            field("members", member, "name", "Budi"),
        ],
    );
    assert!(
        accepted(&one(&tablet, &server, &back)),
        "taken back in, and named"
    );
}

#[test]
fn batches_out_of_order_replayed_and_signed_by_another_do_no_harm() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let other = Tablet::enrol(&server, 2, &[HERE]);
    let mut record = tablet.record(&server, home("R1"));
    let first = tablet.write(&mut record, &[put("rt", "1")]);
    let second = tablet.write(&mut record, &[put("rt", "2")]);
    assert_eq!(
        one(&tablet, &server, &second),
        refused("missing_dependency")
    );
    let verdict = one(&tablet, &server, &first);
    assert!(accepted(&verdict));
    assert!(accepted(&one(&tablet, &server, &second)));
    for _ in 0..3 {
        assert_eq!(
            one(&tablet, &server, &first),
            verdict,
            "the same number again"
        );
    }
    assert_eq!(one(&other, &server, &first), verdict, "known is known");
    let third = tablet.write(&mut record, &[put("rt", "3")]);
    assert_eq!(one(&other, &server, &third), refused("wrong_actor"));
    assert_eq!(answer(&server, "rt"), "2");
    assert!(
        server
            .quarantine()
            .unwrap()
            .iter()
            .all(|line| line.code != "missing_dependency")
    );
}

#[test]
fn a_revoked_device_gives_and_gets_nothing() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let change = tablet.write(&mut tablet.record(&server, home("R1")), &[put("rt", "1")]);
    server.revoke(tablet.id, NOW).unwrap();
    let batch = [(home("R1"), &change)];
    assert_eq!(tablet.push(&server, &batch).unwrap_err().code, "revoked");
    assert_eq!(tablet.rows(&server, HERE).unwrap_err().code, "revoked");
    assert_eq!(answer(&server, "rt"), "001");
}

#[test]
fn a_change_from_two_years_in_the_future_wins_over_nothing() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let other = Tablet::enrol(&server, 2, &[HERE]);
    let mut record = tablet.record(&server, home("R1"));
    let heads = record.heads();
    let later = i64::try_from(NOW / 1000).unwrap() + 2 * 365 * 86_400;
    let future = record
        .write(&heads, &tablet.actor(), later, &[put("rt", "777")])
        .unwrap()
        .unwrap();
    let now = other.write(&mut other.record(&server, home("R1")), &[put("rt", "002")]);
    assert!(
        accepted(&one(&tablet, &server, &future)),
        "a wrong clock stops no work"
    );
    assert!(accepted(&one(&other, &server, &now)));
    let household = server.household(home("R1")).unwrap().unwrap();
    assert!(
        household.conflicts.contains("rt"),
        "a person decides, not the clock"
    );
}

#[test]
fn of_several_faults_the_first_in_the_order_of_the_tests_is_named() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    let foreign: HouseholdId = home("R3");
    let mut record = tablet.record(&server, foreign);
    tablet.write(&mut record, &[put("rt", "1")]);
    let orphan = tablet.write(&mut record, &[put("welfare_decile", "1")]);
    let push = |change: &NewChange| {
        tablet
            .push(&server, &[(foreign, change)])
            .unwrap()
            .remove(0)
    };
    assert_eq!(push(&orphan), refused("missing_dependency"));
    let decile = tablet.write(
        &mut tablet.record(&server, foreign),
        &[put("welfare_decile", "1")],
    );
    assert_eq!(push(&forge::with_start_op(&decile)), refused("bad_counter"));
    assert_eq!(push(&decile), refused("not_your_village"));
}

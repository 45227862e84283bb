//! The queue at the desk, over the tables alone.

use crate::{
    DeskCard, DeskFilter, Due, FindingRow, HeldFindings, HouseholdCard, Reasons, ReviewRow, Store,
};
use lawang_domain::{HouseholdId, InstanceId, RecordState, VisitState};
use uuid::Uuid;

const VILLAGE: &str = "18.09.01.2001";

fn household(n: u128) -> HouseholdId {
    HouseholdId(Uuid::from_u128(n))
}

fn visit(n: u128) -> Option<InstanceId> {
    Some(InstanceId(Uuid::from_u128(n + 1_000)))
}

fn put(store: &mut Store, n: u128, desk: &DeskCard, decision: Option<RecordState>) {
    let card = HouseholdCard {
        household: household(n),
        village: VILLAGE.into(),
        head: format!("KEPALA {n:02}"),
        address: String::new(),
        sls: String::new(),
        rt: String::new(),
        rw: String::new(),
        members: 1,
        state: VisitState::NotVisited,
        unsent: false,
        conflicts: 0,
        last_visit: String::new(),
        programmes: Vec::new(),
        search: String::new(),
        restricted: false,
    };
    let review = ReviewRow {
        visit: decision.and(desk.visit),
        decision,
        ..ReviewRow::default()
    };
    store
        .transact(|tx| {
            Store::put_card(tx, i64::try_from(n).unwrap(), &card)?;
            Store::put_desk(tx, household(n), VILLAGE, desk)?;
            Store::put_review(tx, household(n), &review)
        })
        .unwrap();
}

fn filter(reasons: u32) -> DeskFilter {
    DeskFilter {
        reasons,
        due: Due {
            updated: "2024-11-26".into(),
            submitted: "2026-11-17T17:00:00Z".into(),
        },
        limit: 200,
        ..DeskFilter::default()
    }
}

fn queue(store: &Store, reasons: u32) -> Vec<u128> {
    let (total, rows) = store.desk(&filter(reasons)).unwrap();
    assert_eq!(total as usize, rows.len());
    rows.iter().map(|r| r.card.household.0.as_u128()).collect()
}

fn visited(n: u128, submitted: &str) -> DeskCard {
    DeskCard {
        visit: visit(n),
        submitted: format!("{submitted}T03:00:00Z"),
        updated: submitted.into(),
        ..DeskCard::default()
    }
}

#[test]
fn a_family_verified_three_years_ago_is_overdue_and_stands_in_the_queue_before_the_rest() {
    let mut store = Store::in_memory().unwrap();
    let never = DeskCard {
        updated: "2022-01-05".into(),
        ..DeskCard::default()
    };
    let verified = Some(RecordState::FieldVerified);
    put(&mut store, 1, &visited(1, "2026-11-20"), None);
    put(&mut store, 2, &visited(2, "2023-11-20"), verified);
    put(&mut store, 3, &never, None);
    put(&mut store, 4, &visited(4, "2026-10-01"), None);
    put(&mut store, 5, &visited(5, "2025-11-20"), verified);
    assert_eq!(queue(&store, Reasons::OVERDUE), [4, 3, 2]);
    assert_eq!(queue(&store, 0), [4, 3, 2, 1], "the longest waiting first");
    let due = filter(0).due;
    let reasons = |n| store.desk_reasons(household(n), &due).unwrap().0;
    assert_eq!((reasons(2), reasons(5)), (Reasons::OVERDUE, 0));
    let (counts, done) = store.desk_counts(Some(VILLAGE), &due).unwrap();
    assert!(counts.contains(&(Reasons::OVERDUE, 3)), "{counts:?}");
    assert!(counts.contains(&(Reasons::SUBMITTED, 2)), "{counts:?}");
    assert_eq!(done, 2);
}

#[test]
fn only_families_whose_proposal_was_submitted_and_neither_sent_back_nor_rejected_wait_for_a_place()
{
    use RecordState as S;
    let mut store = Store::in_memory().unwrap();
    let decisions = [
        None,
        Some(S::Returned),
        Some(S::FieldVerified),
        Some(S::MusdesRejected),
    ];
    for (n, decision) in (1..).zip(decisions) {
        let proposed = DeskCard {
            proposed: true,
            ..visited(n, "2026-11-20")
        };
        put(&mut store, n, &proposed, decision);
    }
    let typed = DeskCard {
        proposed: true,
        ..DeskCard::default()
    };
    put(&mut store, 5, &typed, None);
    let waiting = |store: &Store| -> Vec<u128> {
        let found = store.waiting_families(VILLAGE).unwrap();
        found.iter().map(|(c, _)| c.household.0.as_u128()).collect()
    };
    assert_eq!(waiting(&store), [1, 3]);
    // A newer visit than the one that was sent back.
    store
        .transact(|tx| {
            let anew = DeskCard {
                proposed: true,
                visit: visit(99),
                ..visited(2, "2026-11-25")
            };
            Store::put_desk(tx, household(2), VILLAGE, &anew)
        })
        .unwrap();
    assert_eq!(waiting(&store), [1, 2, 3]);
}

#[test]
fn a_family_that_may_have_to_come_in_is_as_eligible_for_a_look_as_one_that_may_have_to_leave() {
    let mut store = Store::in_memory().unwrap();
    let proposed = DeskCard {
        proposed: true,
        ..visited(1, "2026-11-20")
    };
    let well_off = DeskCard {
        gone: "well_off".into(),
        ..visited(2, "2026-11-20")
    };
    let verified = Some(RecordState::FieldVerified);
    put(&mut store, 1, &proposed, None);
    put(&mut store, 2, &well_off, None);
    put(&mut store, 3, &visited(3, "2026-11-20"), None);
    put(&mut store, 4, &visited(4, "2026-11-20"), None);
    let decided = DeskCard {
        proposed: true,
        ..visited(5, "2026-11-20")
    };
    put(&mut store, 5, &decided, verified);
    store
        .transact(|tx| {
            Store::set_checks(tx, household(3), 0, "poor")?;
            Store::set_checks(tx, household(4), 0, "")
        })
        .unwrap();
    assert_eq!(queue(&store, Reasons::ELIGIBILITY), [1, 2, 3]);
    let (_, rows) = store.desk(&filter(Reasons::ELIGIBILITY)).unwrap();
    assert_eq!(rows[2].turned, "poor");
    // A new visit is looked at anew.
    let anew = visited(3, "2026-11-21");
    put(&mut store, 3, &anew, None);
    assert_eq!(queue(&store, Reasons::ELIGIBILITY), [1, 2]);
}

#[test]
fn a_death_that_the_civil_registry_knows_of_waits_until_the_family_is_verified_after_it() {
    let mut store = Store::in_memory().unwrap();
    for n in 1..6 {
        put(&mut store, n, &DeskCard::default(), None);
    }
    let says = |n: u128, source: &str, detail: &str| FindingRow {
        household: household(n),
        member: InstanceId(Uuid::from_u128(n)),
        source: source.into(),
        result: "deterministic".into(),
        dated: "2026-10-01".into(),
        detail: detail.into(),
    };
    let rows = [
        says(1, "dukcapil", r#"{"flag":"deceased"}"#),
        says(2, "dukcapil", r#"{"flag":"moved"}"#),
        says(3, "dukcapil", r#"{"flag":"deceased","other_person":true}"#),
        says(4, "pkh", r#"{"flag":"deceased"}"#),
        says(5, "dukcapil", "not JSON"),
    ];
    let held = HeldFindings {
        version: 1,
        hash: [1; 32],
    };
    store
        .transact(|tx| Store::put_findings(tx, VILLAGE, &held, &rows))
        .unwrap();
    assert_eq!(queue(&store, 0), [1]);
    let (_, found) = store.desk(&filter(0)).unwrap();
    assert!(found[0].died);
    let decide = |store: &mut Store, at: i64| {
        let review = ReviewRow {
            decision: Some(RecordState::FieldVerified),
            at,
            ..ReviewRow::default()
        };
        store
            .transact(|tx| Store::put_review(tx, household(1), &review))
            .unwrap();
    };
    // In September, before the list, and in November.
    decide(&mut store, 1_789_000_000);
    assert_eq!(queue(&store, 0), [1]);
    decide(&mut store, 1_795_000_000);
    assert_eq!(queue(&store, 0), [0; 0]);
}

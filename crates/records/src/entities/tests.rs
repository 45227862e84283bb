use super::*;

const LIST: &str = "trees";

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 + n)
}

fn op(n: u128, action: EntityAction, step: u32, sees: &[u128]) -> EntityOp {
    EntityOp {
        id: InstanceId(uuid(n)),
        household: HouseholdId(uuid(1)),
        village: "18.09.01.2001".into(),
        visit: InstanceId(uuid(50)),
        list: LIST.into(),
        entity: uuid(99).to_string(),
        action,
        label: String::new(),
        properties: BTreeMap::new(),
        sees: sees.iter().map(|n| InstanceId(uuid(*n))).collect(),
        step,
        at: format!("2026-11-25T10:00:{n:02}Z"),
    }
}

fn set(mut op: EntityOp, pairs: &[(&str, &str)]) -> EntityOp {
    for (name, value) in pairs {
        match *name {
            "label" => op.label = (*value).to_owned(),
            _ => drop(
                op.properties
                    .insert((*name).to_owned(), (*value).to_owned()),
            ),
        }
    }
    op
}

fn made() -> EntityOp {
    set(
        op(1, EntityAction::Create, 1, &[]),
        &[("label", "Mango"), ("height", "3"), ("owner", "Siti")],
    )
}

/// All orders give the same; the entity that comes out.
fn only(ops: &[EntityOp]) -> Entity {
    let found = project(ops.to_vec());
    let mut other = ops.to_vec();
    for _ in 0..ops.len() {
        other.rotate_left(1);
        assert_eq!(project(other.clone()), found);
        let mut back = other.clone();
        back.reverse();
        // Twice is once.
        back.extend(other.clone());
        assert_eq!(project(back), found);
    }
    assert_eq!(found.problems, []);
    let [entity] = found.entities.as_slice() else {
        panic!("{found:?}");
    };
    entity.clone()
}

#[test]
fn an_update_that_saw_the_entity_changes_only_what_it_sets() {
    let update = set(
        op(2, EntityAction::Update, 2, &[1]),
        &[("height", "4"), ("owner", "")],
    );
    let entity = only(&[made(), update]);
    assert_eq!(entity.label, "Mango");
    assert_eq!(entity.properties["height"], "4");
    assert_eq!(entity.properties["owner"], "");
    assert_eq!((entity.version, entity.apart), (2, false));
    assert!(entity.conflicts.is_empty());
}

#[test]
fn updates_made_apart_merge_by_property_and_what_both_set_differently_is_a_conflict() {
    let one = set(
        op(2, EntityAction::Update, 2, &[1]),
        &[("height", "4"), ("owner", "Siti")],
    );
    let other = set(
        op(3, EntityAction::Update, 2, &[1]),
        &[("height", "5"), ("owner", "Siti"), ("sick", "yes")],
    );
    let entity = only(&[made(), one.clone(), other.clone()]);
    assert_eq!(
        entity.properties["height"], "5",
        "the later clock of equal steps"
    );
    assert_eq!(entity.properties["sick"], "yes");
    assert!(entity.apart);
    assert_eq!(entity.conflicts, BTreeSet::from(["height".to_owned()]));
    // Somebody saw both and wrote again: settled, though the value is that of an earlier clock.
    let mut third = set(op(4, EntityAction::Update, 3, &[2, 3]), &[("height", "4")]);
    third.at = "2026-11-25T09:00:00Z".into();
    let entity = only(&[made(), one, other, third]);
    assert_eq!(entity.properties["height"], "4");
    assert!(!entity.apart && entity.conflicts.is_empty());
}

#[test]
fn a_fork_that_was_settled_is_no_conflict_of_a_later_fork() {
    let two = set(op(2, EntityAction::Update, 2, &[1]), &[("height", "4")]);
    let three = set(op(3, EntityAction::Update, 2, &[1]), &[("height", "5")]);
    let four = set(
        op(4, EntityAction::Update, 3, &[2, 3]),
        &[("owner", "Budi")],
    );
    let five = set(op(5, EntityAction::Update, 4, &[4]), &[("owner", "Ani")]);
    let six = set(op(6, EntityAction::Update, 4, &[4]), &[("sick", "no")]);
    let entity = only(&[made(), two, three, four, five, six]);
    assert!(entity.apart);
    assert_eq!(entity.conflicts, BTreeSet::new());
}

#[test]
fn an_update_of_what_is_not_there_waits_for_it_and_says_so_meanwhile() {
    let update = set(op(2, EntityAction::Update, 2, &[1]), &[("height", "4")]);
    let found = project([update.clone()]);
    assert!(found.entities.is_empty());
    assert_eq!(found.problems[0].code, "unknown_entity");
    assert_eq!(only(&[update, made()]).properties["height"], "4");
}

#[test]
fn another_villages_record_changes_nothing_here() {
    let mut update = set(op(2, EntityAction::Update, 2, &[1]), &[("height", "4")]);
    update.village = "18.09.01.2002".into();
    let found = project([made(), update]);
    assert_eq!(found.entities[0].properties["height"], "3");
    assert_eq!(found.problems[0].village, "18.09.01.2002");
}

#[test]
fn an_upsert_makes_what_is_not_there_and_changes_what_is() {
    let upsert = set(
        op(2, EntityAction::Upsert, 2, &[1]),
        &[("label", "Durian"), ("height", "9")],
    );
    assert_eq!(only(std::slice::from_ref(&upsert)).label, "Durian");
    let entity = only(&[made(), upsert]);
    assert_eq!((entity.label.as_str(), entity.version), ("Durian", 2));
    assert_eq!(entity.properties["owner"], "Siti");
}

#[test]
fn a_new_entity_without_a_label_or_a_uuid_is_a_problem_and_is_not_listed() {
    let found = project([op(1, EntityAction::Create, 1, &[])]);
    assert_eq!(found.problems[0].code, "no_label");
    let mut bad = made();
    bad.entity = "tree 7".into();
    let found = project([bad]);
    assert_eq!(found.problems[0].code, "not_a_uuid");
    assert!(found.entities.is_empty());
}

#[test]
fn what_claims_to_have_seen_itself_or_the_future_harms_nobody() {
    let mut one = set(op(2, EntityAction::Update, 2, &[2, 3]), &[("height", "4")]);
    one.step = u32::MAX;
    let other = set(
        op(3, EntityAction::Update, u32::MAX, &[2]),
        &[("height", "5")],
    );
    assert_eq!(only(&[made(), one, other]).properties["height"], "5");
}

#[test]
fn the_same_record_makes_the_same_entity_and_another_place_another() {
    let household = HouseholdId(uuid(1));
    let id = entity_id(household, LIST, None, 0);
    assert_eq!(id, entity_id(household, LIST, None, 0));
    assert_eq!(id.get_version_num(), 4);
    for other in [
        entity_id(HouseholdId(uuid(2)), LIST, None, 0),
        entity_id(household, "wells", None, 0),
        entity_id(household, LIST, Some(InstanceId(uuid(5))), 0),
        entity_id(household, LIST, None, 1),
    ] {
        assert_ne!(id, other);
    }
}

#[test]
fn an_operation_read_from_a_record_is_the_one_that_was_written() {
    let row = crate::Row {
        household: HouseholdId(uuid(1)),
        village: "18.09.01.2001".into(),
        answers: BTreeMap::new(),
        instances: Vec::new(),
    };
    let mut record = crate::Record::genesis(&row).unwrap();
    let wanted = set(
        op(2, EntityAction::Upsert, 7, &[1, 3]),
        &[("label", "Mango"), ("height", ""), ("nik", "x")],
    );
    let mut writes = Vec::new();
    write_entity(&wanted, &mut writes);
    let heads = record.heads();
    record.write(&heads, &[7; 16], 1, &writes).unwrap();
    let state = record.state().unwrap();
    assert_eq!(entity_ops(row.household, &row.village, &state), [wanted]);
    assert_eq!(state.conflicts().count(), 0);
}

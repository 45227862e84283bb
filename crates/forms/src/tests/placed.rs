//! Positions that nobody types, and files of OpenStreetMap.

use super::*;
use crate::Files;

const FORM: &str = "| survey |
    | | type | name | label | trigger |
    | | start-geopoint | began | | |
    | | text | a | A | |
    | | background-geopoint | place | | ${a} |
    | | begin_repeat | member | Member | |
    | | text | name | Name | |
    | | background-geopoint | spot | | ${name} |
    | | end_repeat | | | |
    | | osm building | house | Map it | |
    | osm |
    | | list_name | name | label |
    | | building | name | Name |
    | | building | addr | Address |";

// ODK documentation, "Background geopoint": the location is captured when the trigger's value changes.
#[test]
fn the_position_is_taken_each_time_that_its_trigger_changes_and_only_then() {
    let mut instance = open(FORM);
    assert!(instance.wants_position());
    instance.locate(Some("-5.36 105.08 0 8"));
    assert_eq!(instance.value("began"), "-5.36 105.08 0 8");
    assert_eq!(instance.value("place"), "", "nothing has changed yet");
    let changed = instance.give("a", "x");
    assert!(changed.values.contains(&at("place")));
    assert_eq!(instance.value("place"), "-5.36 105.08 0 8");
    instance.locate(Some("-5.40 105.10 0 5"));
    assert_eq!(
        instance.value("place"),
        "-5.36 105.08 0 8",
        "moving on changes nothing"
    );
    assert_eq!(instance.value("began"), "-5.36 105.08 0 8");
    instance.give("a", "y");
    assert_eq!(instance.value("place"), "-5.40 105.10 0 5");
}

#[test]
fn a_trigger_without_a_known_position_waits_for_the_next_one() {
    let mut instance = open(FORM);
    instance.give("a", "x");
    assert_eq!(instance.value("place"), "");
    let changed = instance.locate(Some("-5.36 105.08 0 8"));
    assert_eq!(instance.value("place"), "-5.36 105.08 0 8");
    assert!(changed.values.contains(&at("place")));
    // No longer known: an old position would be a wrong one.
    instance.locate(None);
    instance.give("a", "y");
    assert_eq!(instance.value("place"), "-5.36 105.08 0 8");
    instance.locate(Some("nonsense"));
    assert_eq!(instance.value("place"), "-5.36 105.08 0 8");
    instance.locate(Some("-5.4 105.1 0 3"));
    assert_eq!(instance.value("place"), "-5.4 105.1 0 3");
}

#[test]
fn a_position_in_a_repeat_belongs_to_its_own_instance_and_not_to_a_removed_one() {
    let mut instance = open(FORM);
    let (one, two) = (
        InstanceId(uuid::Uuid::from_u128(1)),
        InstanceId(uuid::Uuid::from_u128(2)),
    );
    for id in [one, two] {
        instance.add_repeat("member", None, id);
        instance
            .set(&FieldPath::of("member", id, "name"), "N")
            .unwrap();
    }
    instance.remove_repeat(two);
    instance.locate(Some("1 2 0 0"));
    let spot = instance
        .node(&FieldPath::of("member", one, "spot"))
        .unwrap();
    assert_eq!(spot.value, "1 2 0 0");
}

#[test]
fn a_background_geopoint_needs_a_trigger_and_takes_no_calculation() {
    let problems = try_form(
        "| survey |
         | | type | name | label | calculation |
         | | text | a | A | |
         | | background-geopoint | place | | 1 + 1 |",
    )
    .unwrap_err();
    let said: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert!(
        said.iter()
            .any(|m| m.contains("'trigger' column must not be empty")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|m| m.contains("'calculation' column must be empty")),
        "{said:?}"
    );
}

// What pyxform 4.5 writes for the same rows.
#[test]
fn places_and_tags_are_written_as_pyxform_does_and_read_back() {
    let written = crate::to_xform(FORM.as_bytes(), "visit.md", &Files::new()).unwrap();
    for part in [
        r#"<odk:setgeopoint ref="/data/place" event="xforms-value-changed"/>"#,
        r#"<odk:setgeopoint ref="/data/member/spot" event="xforms-value-changed"/>"#,
        r#"mediatype="osm/*""#,
        r#"<tag key="addr">"#,
    ] {
        assert!(written.contains(part), "{part} is not in {}", written);
    }
    let again = crate::compile(written.as_bytes(), "visit.xml").unwrap();
    let mut instance = Instance::new(Arc::new(again.form), context());
    instance.locate(Some("1 2 0 0"));
    instance.give("a", "x");
    assert_eq!(instance.value("place"), "1 2 0 0");
    let twice = crate::to_xform(written.as_bytes(), "visit.xml", &Files::new()).unwrap();
    assert_eq!(twice.matches("<tag key=").count(), 2);
    assert!(twice.contains("<label>Address</label>"));
}

#[test]
fn an_osm_list_that_is_not_there_is_named() {
    let problems = try_form(
        "| survey |
         | | type | name | label |
         | | osm buildin | house | Map it |
         | osm |
         | | list_name | name | label |
         | | building | name | Name |",
    )
    .unwrap_err();
    assert!(
        problems[0]
            .message
            .contains("List name not in osm sheet: 'buildin'")
    );
    assert!(problems[0].message.contains("building"));
}

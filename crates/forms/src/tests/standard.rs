//! Parts of the standard that are neither functions nor plain questions.

use super::*;
use crate::EntityAction;
use std::collections::BTreeMap;

// XLSForm, "Specify other"; pyxform adds the choice and the question.
#[test]
fn or_other_adds_a_choice_and_asks_which() {
    let mut instance = open(
        "| survey |
         | | type | name | label |
         | | select_one roof or_other | roof | Roof |
         | choices |
         | | list_name | name | label |
         | | roof | tile | Tile |",
    );
    assert_eq!(offered(&instance, "roof"), ["tile", "other"]);
    assert!(!instance.relevant("roof_other"));
    instance.give("roof", "other");
    assert!(instance.relevant("roof_other"));
    assert_eq!(instance.label(&at("roof_other"), "en"), "Specify other.");
    instance.give("roof_other", "Ijuk");
}

// ODK documentation, "Trigger calculations on value change".
#[test]
fn a_triggered_calculation_counts_once_when_its_question_changes() {
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation | trigger |
         | | integer | a | A | | |
         | | integer | b | B | | |
         | | integer | sum | Sum | ${a} + ${b} | ${a} |
         | | text | when | When | concat('sum ', ${sum}) | ${sum} |
         | | text | cleared | Cleared | | ${a}, ${b} |",
    );
    instance.give("b", "2");
    assert_eq!(instance.value("sum"), "");
    instance.give("cleared", "x");
    let changed = instance.give("a", "1");
    assert_eq!(instance.value("sum"), "3");
    assert_eq!(instance.value("when"), "sum 3");
    assert_eq!(instance.value("cleared"), "");
    assert!(changed.values.contains(&at("when")));
    instance.give("b", "5");
    assert_eq!(instance.value("sum"), "3", "b triggers nothing");
    instance.give("sum", "10");
    assert_eq!(instance.value("sum"), "10", "a person may change it");
    instance.give("a", "1");
    assert_eq!(instance.value("sum"), "10", "the same answer is no change");
}

#[test]
fn a_trigger_in_a_repeat_reaches_its_own_instance_only() {
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation | trigger |
         | | begin_repeat | member | Member | | |
         | | text | name | Name | | |
         | | text | greeting | Greeting | concat('Ibu ', ${name}) | ${name} |
         | | end_repeat | | | | |",
    );
    instance.add_repeat("member", None, id(1));
    instance.add_repeat("member", None, id(2));
    instance.give("member 2 name", "Siti");
    assert_eq!(instance.value("member 2 greeting"), "Ibu Siti");
    assert_eq!(instance.value("member 1 greeting"), "");
}

// ODK documentation, "Generating select ones from repeats".
#[test]
fn answers_in_a_repeat_are_choices_of_another_question() {
    let mut instance = open(
        "| survey |
         | | type | name | label | choice_filter | relevant |
         | | begin_repeat | member | Member | | |
         | | text | name | Name | | |
         | | integer | age | Age | | |
         | | end_repeat | | | | |
         | | select_one ${name} | head | Head | ${age} >= 17 | |
         | | select_multiple ${name} | ill | Ill | | |",
    );
    for (n, name, age) in [(1, "Siti", "40"), (2, "Budi", "12"), (3, "Ani", "17")] {
        instance.add_repeat("member", None, id(n));
        instance.give(&format!("member {n} name"), name);
        instance.give(&format!("member {n} age"), age);
    }
    instance.add_repeat("member", None, id(4));
    assert_eq!(offered(&instance, "head"), ["Siti", "Ani"]);
    assert_eq!(offered(&instance, "ill"), ["Siti", "Budi", "Ani"]);
    instance.give("head", "Ani");
    assert!(instance.node(&at("head")).unwrap().valid);
    let changed = instance.give("member 3 age", "16");
    assert!(changed.states.contains(&at("head")));
    assert!(!instance.node(&at("head")).unwrap().valid);
    instance.give("ill", "Budi Siti");
    instance.remove_repeat(id(2));
    assert!(!instance.node(&at("ill")).unwrap().valid);
}

#[test]
fn choices_from_answers_need_a_question_of_a_repeat() {
    let found = problem(
        "| survey |
         | | type | name | label |
         | | text | a | A |
         | | select_one ${a} | b | B |",
    );
    assert_eq!((found.code, found.row), ("answers_repeat", Some(4)));
}

// ODK documentation, "Last saved".
#[test]
fn the_form_saved_last_gives_defaults() {
    let form = form(
        "| survey |
         | | type | name | label | default | calculation |
         | | text | street | Street | ${last-saved#street} | |
         | | integer | visits | Visits | ${last-saved#visits} + 1 | |
         | | calculate | twice | | | ${last-saved#visits} * 2 |",
    );
    let saved = BTreeMap::from([
        ("street".to_owned(), "Jalan Melati".to_owned()),
        ("visits".to_owned(), "4".to_owned()),
    ]);
    let context = Context {
        last_saved: Arc::new(saved),
        ..context()
    };
    let instance = Instance::new(form.clone(), context);
    assert_eq!(instance.value("street"), "Jalan Melati");
    assert_eq!(instance.value("visits"), "5");
    assert_eq!(instance.value("twice"), "8");
    let first = Instance::new(form, super::context());
    assert_eq!(first.value("street"), "");
    assert_eq!(first.value("visits"), "");
}

#[test]
fn last_saved_names_a_question_of_the_form() {
    let found = problem(
        "| survey |
         | | type | name | label | default |
         | | text | street | Street | ${last-saved#stret} |",
    );
    assert!(
        found.message.contains("Did you mean 'street'?"),
        "{found:?}"
    );
}

const TREES: &str = "| survey |
    | | type | name | label | save_to |
    | | text | known | Known tree | |
    | | text | species | Species | species |
    | | integer | height | Height | height_cm |
    | entities |
    | | list_name | label | entity_id | create_if | update_if |
";

// ODK XForms specification, "Entities".
#[test]
fn a_finished_form_makes_an_entity_of_what_is_saved_to_it() {
    let mut instance = open(&format!(
        "{TREES}| | trees | concat(${{species}}, ' ', ${{height}}) | | | |"
    ));
    instance.give("species", "jati");
    instance.give("height", "320");
    let found = instance.entities();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].dataset, "trees");
    assert_eq!(found[0].action, EntityAction::Create);
    assert_eq!(found[0].label, "jati 320");
    assert_eq!(found[0].properties["species"], "jati");
    assert_eq!(found[0].properties["height_cm"], "320");
}

#[test]
fn an_entity_is_updated_only_if_the_form_says_so() {
    let mut instance = open(&format!(
        "{TREES}| | trees | | ${{known}} | ${{known}} = '' | ${{known}} != '' and ${{height}} > 100 |"
    ));
    assert_eq!(instance.entities()[0].action, EntityAction::Create);
    instance.give("known", "uuid-7");
    assert!(instance.entities().is_empty());
    instance.give("height", "101");
    let found = instance.entities();
    assert_eq!(found[0].action, EntityAction::Update);
    assert_eq!(found[0].id, "uuid-7");
}

#[test]
fn each_instance_of_a_repeat_makes_its_own_entity() {
    let mut instance = open(
        "| survey |
         | | type | name | label | save_to |
         | | begin_repeat | tree | Tree | |
         | | text | species | Species | species |
         | | end_repeat | | | |
         | entities |
         | | list_name | label |
         | | trees | ${species} |",
    );
    for (n, species) in [(1, "jati"), (2, "sengon")] {
        instance.add_repeat("tree", None, id(n));
        instance.give(&format!("tree {n} species"), species);
    }
    let labels: Vec<_> = instance.entities().into_iter().map(|e| e.label).collect();
    assert_eq!(labels, ["jati", "sengon"]);
}

#[test]
fn entities_that_cannot_be_saved_are_refused_with_the_cell() {
    for (save_to, entity, code, sheet) in [
        ("name", "trees | 'x' | | |", "save_to", "survey"),
        ("__x", "trees | 'x' | | |", "save_to", "survey"),
        ("bushes#a", "trees | 'x' | | |", "save_to", "survey"),
        ("a", "tr.ees | 'x' | | |", "entity_name", "entities"),
        ("a", "trees | | | |", "entity_label", "entities"),
        ("a", "trees | 'x' | | | true()", "entity_id", "entities"),
        (
            "a",
            "trees | ${nothing} | | |",
            "reference_unknown",
            "entities",
        ),
    ] {
        let found = problem(&format!(
            "| survey |
             | | type | name | label | save_to |
             | | text | q | Q | {save_to} |
             | entities |
             | | list_name | label | entity_id | create_if | update_if |
             | | {entity} |"
        ));
        assert_eq!(
            (found.code, found.sheet.as_deref()),
            (code, Some(sheet)),
            "{entity}"
        );
    }
    let lonely = problem(
        "| survey |
         | | type | name | label | save_to |
         | | text | q | Q | a |",
    );
    assert_eq!(lonely.code, "save_to");
}

// XLSForm, "External choices": the older way to large lists.
#[test]
fn external_choices_are_a_list_of_their_own_sheet() {
    let mut instance = open(
        "| survey |
         | | type | name | label | choice_filter |
         | | text | province | Province | |
         | | select_one_external city | city | City | province = ${province} |
         | external_choices |
         | | list_name | name | label | province |
         | | city | bdl | Bandar Lampung | 18 |
         | | city | bdg | Bandung | 32 |",
    );
    instance.give("province", "18");
    assert_eq!(offered(&instance, "city"), ["bdl"]);
    instance.give("city", "bdl");
}

#[test]
fn media_come_in_the_language_asked_for() {
    let instance = open(
        "| survey |
         | | type | name | label::Indonesia (id) | label::English (en) | image::Indonesia (id) | image::English (en) | audio |
         | | select_one yn | a | Atap | Roof | atap.png | roof.png | a.mp3 |
         | choices |
         | | list_name | name | label::Indonesia (id) | label::English (en) | image::English (en) |
         | | yn | y | Ya | Yes | yes.png |",
    );
    assert_eq!(instance.media(&at("a"), "id").image, "atap.png");
    let media = instance.media(&at("a"), "en");
    assert_eq!(
        (media.image.as_str(), media.audio.as_str()),
        ("roof.png", "a.mp3")
    );
    let choices = instance.choices(&at("a"), "en");
    assert_eq!(choices[0].media.image, "yes.png");
    assert_eq!(
        instance.form().attachments(),
        ["atap.png", "roof.png", "a.mp3", "yes.png"]
    );
}

#[test]
fn an_audit_keeps_its_settings_and_refuses_others() {
    let table = "| survey |
        | | type | name | label | parameters |
        | | text | a | A | |
        | | audit | audit | | location-priority=balanced location-min-interval=60 location-max-age=120 |";
    let form = form(table);
    assert_eq!(
        form.audit().unwrap()[0],
        ("location-priority".to_owned(), "balanced".to_owned())
    );
    let problems = try_form(&table.replace("location-priority", "location-prority")).unwrap_err();
    let said: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert!(
        said[0].contains("Did you mean 'location-priority'?"),
        "{said:?}"
    );
}

// JavaRosa, StandardBindAttributesProcessor: `relevant="false()"` holds from the start. Found by the oracle.
#[test]
fn a_default_sees_nothing_in_a_group_that_is_never_relevant() {
    let form = |relevant: &str| {
        format!(
            "| survey |
             | | type | name | label | default | relevant |
             | | text | s | S | | |
             | | begin_group | g | G | | {relevant} |
             | | date | d | D | today() | |
             | | end_group | | | | |
             | | text | t | T | concat('d', ${{d}}) | |"
        )
    };
    assert_eq!(open(&form("false()")).value("t"), "d");
    // What is computed is not known yet.
    assert_eq!(open(&form("${s} = 'x'")).value("t"), "d2026-11-22");
}

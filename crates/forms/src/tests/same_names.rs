//! The same name in two groups.

use super::*;
use crate::Files;

const FORM: &str = "| survey |
    | | type | name | label | calculation |
    | | begin_group | wood | Wood | |
    | | integer | amount | How much wood? | |
    | | end_group | | | |
    | | begin_group | gas | Gas | |
    | | integer | amount | How much gas? | |
    | | begin_group | more | More | |
    | | integer | amount | How much more? | |
    | | end_group | | | |
    | | end_group | | | |
    | | calculate | sum | | /data/wood/amount + /data/gas/amount |";

// pyxform: names need be unique among siblings only.
#[test]
fn a_name_in_two_groups_is_two_questions_with_answers_of_their_own() {
    let mut instance = open(FORM);
    instance.give("amount", "3");
    instance.give("gas.amount", "4");
    instance.give("more.amount", "9");
    assert_eq!(instance.value("sum"), "7");
    assert_eq!(instance.label(&at("gas.amount"), "en"), "How much gas?");
    let path: FieldPath = "gas.amount".parse().expect("a path that travels");
    assert_eq!(path, at("gas.amount"));
    // Read again from what was stored.
    let stored = instance.answers();
    let mut again = open(FORM);
    again.load(stored);
    assert_eq!(
        (again.value("sum"), again.value("more.amount")),
        ("7".into(), "9".into())
    );
    // Its place in the form is that of its group, whatever its key.
    let xml = crate::to_xform(FORM.as_bytes(), "visit.md", &Files::new()).unwrap();
    for path in [
        "/data/wood/amount",
        "/data/gas/amount",
        "/data/gas/more/amount",
    ] {
        assert!(xml.contains(&format!("nodeset=\"{path}\"")), "{path}");
    }
    let again = crate::compile(xml.as_bytes(), "visit.xml").unwrap();
    let mut again = Instance::new(Arc::new(again.form), context());
    again.give("gas.amount", "4");
    again.give("amount", "1");
    assert_eq!(again.value("sum"), "5");
}

#[test]
fn a_reference_to_a_name_that_two_groups_have_is_refused_in_pyxforms_words() {
    let problems = try_form(&FORM.replace("/data/wood/amount", "${amount}")).unwrap_err();
    assert!(
        problems[0]
            .message
            .contains("There are multiple survey elements with this name"),
        "{problems:?}"
    );
}

#[test]
fn a_name_twice_in_one_group_is_still_an_error() {
    let problems = try_form(
        "| survey |
         | | type | name | label |
         | | begin_group | wood | Wood |
         | | integer | amount | A |
         | | integer | amount | B |
         | | end_group | | |",
    )
    .unwrap_err();
    assert_eq!(problems[0].code, "name_duplicate");
}

use super::*;
use crate::script::{parse, run};

const FORM: &str = "
| survey |
| | type | name | label | relevant | required | choice_filter |
| | integer | age | Age | | yes | |
| | begin_group | g | G | | | |
| | begin_repeat | member | Member | | | |
| | integer | years | Years | | | |
| | select_one grade | grade | Grade | ${years} > 5 | | least <= ${years} |
| | begin_repeat | pet | Pet | | | |
| | text | name | Name | | | |
| | end_repeat | | | | | |
| | end_repeat | | | | | |
| | end_group | | | | | |
| choices |
| | list_name | name | label | least |
| | grade | one | One | 6 |
| | grade | two | Two | 7 |
";

#[test]
fn a_script_gives_a_state_before_the_first_step_and_after_each() {
    let steps = parse(
        r#"[{"set":"/data/age","value":"17"},
            {"add_repeat":"/data/g/member"},
            {"set":"/data/g/member[2]/years","value":"6"},
            {"set":"/data/g/member[2]/grade","value":"one"},
            {"add_repeat":"/data/g/member[2]/pet"},
            {"set":"/data/g/member[2]/pet[1]/name","value":"Cat"},
            {"set":"/data/age","value":"nonsense"},
            {"remove_repeat":"/data/g/member[1]"},
            {"set":"/data/g/member[1]/years","value":"3"}]"#,
    )
    .unwrap();
    let states = run(form(FORM), context(), &steps).unwrap();
    assert_eq!(states.len(), 10);
    assert_eq!(
        serde_json::to_value(&states[0]["/data/age"]).unwrap(),
        serde_json::json!({"value": "", "relevant": true, "required": true, "valid": true, "readonly": false, "choices": []})
    );
    assert!(states[0].contains_key("/data/g/member[1]/pet[1]/name"));
    assert_eq!(states[1]["/data/age"].value, "17");
    assert!(states[2].contains_key("/data/g/member[2]/years"));
    assert_eq!(states[3]["/data/g/member[2]/grade"].choices, ["one"]);
    assert!(!states[3]["/data/g/member[1]/grade"].relevant);
    // Both JavaRosa and ODK Web Forms nest an instance in the first instance only, which stands in the
    // XForm (pyxform 4.5); an added one is a copy of the template.
    assert!(!states[2].contains_key("/data/g/member[2]/pet[1]/name"));
    assert_eq!(states[6]["/data/g/member[2]/pet[1]/name"].value, "Cat");
    assert_eq!(states[7], states[6]);
    assert_eq!(states[8]["/data/g/member[1]/pet[1]/name"].value, "Cat");
    assert!(!states[8].contains_key("/data/g/member[2]/years"));
    // Not relevant any more: expressions see nothing.
    assert_eq!(states[8]["/data/g/member[1]/grade"].value, "one");
    assert_eq!(states[9]["/data/g/member[1]/grade"].value, "");
}

#[test]
fn the_same_script_gives_the_same_states() {
    let steps =
        parse(r#"[{"add_repeat":"/data/g/member"},{"add_repeat":"/data/g/member[1]/pet"}]"#)
            .unwrap();
    assert_eq!(
        run(form(FORM), context(), &steps),
        run(form(FORM), context(), &steps)
    );
}

#[test]
fn wrong_paths_in_a_script_are_named_with_their_step() {
    for (step, part) in [
        (r#"{"set":"/data/agee","value":"1"}"#, "Did you mean 'age'?"),
        (r#"{"set":"age","value":"1"}"#, "does not begin with /data/"),
        (r#"{"set":"/data","value":"1"}"#, "is not a question"),
        (r#"{"set":"","value":"1"}"#, "does not begin with /data/"),
        (
            r#"{"set":"/data/g/member[7]/years","value":"1"}"#,
            "has 1 instances, not 7",
        ),
        (r#"{"set":"/data/g/member[0]/years","value":"1"}"#, "not 0"),
        (
            r#"{"set":"/data/g/member[x]/years","value":"1"}"#,
            "'member[x]' is not a step",
        ),
        (
            r#"{"set":"/data/g[2]/member/years","value":"1"}"#,
            "only repeats are numbered",
        ),
        (r#"{"set":"/data//age","value":"1"}"#, "'' is not a step"),
        (r#"{"set":"/data/g","value":"1"}"#, "is not a question"),
        (r#"{"add_repeat":"/data/g"}"#, "is not a repeat"),
        (r#"{"add_repeat":"/data/g/member[2]"}"#, "no number yet"),
        (r#"{"remove_repeat":"/data/g/member"}"#, "needs the number"),
        (
            r#"{"remove_repeat":"/data/g/member[99999999999999999999]"}"#,
            "is not a step",
        ),
        (r#"{"remove_repeat":"/data/age[1]"}"#, "is not a repeat"),
    ] {
        let steps = parse(&format!(
            "[{{\"set\":\"/data/age\",\"value\":\"1\"}}, {step}]"
        ))
        .unwrap();
        let error = run(form(FORM), context(), &steps).unwrap_err();
        assert_eq!(error.step, 1);
        assert!(error.message.contains(part), "{step}: {}", error.message);
    }
}

#[test]
fn what_is_no_script_is_refused() {
    for text in [
        "",
        "{}",
        "[1]",
        r#"[{"set":"/data/age"}]"#,
        r#"[{"put":"/data/age","value":"1"}]"#,
        "[{}]",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

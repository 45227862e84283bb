use super::*;
use crate::FindingKind;

const TYPES: &str = "
| survey |
| | type | name | label::Bahasa Indonesia (id) | label::English (en) | constraint | constraint_message::Bahasa Indonesia (id) | constraint_message::English (en) | required | required_message::English (en) | read_only | default | parameters |
| | begin_group | one | Satu | One | | | | | | | | |
| | integer | age | Umur | Age | . >= 0 and . <= 120 | Umur 0 sampai 120 | Age is 0 to 120 | yes | Age is needed | | | |
| | decimal | area | Luas | Area | | | | ${age} > 17 | | | | |
| | date | born | Lahir | Born | . <= today() | | | | | | | |
| | time | hour | Jam | Hour | | | | | | | | |
| | dateTime | moment | Saat | Moment | | | | | | | | |
| | geopoint | gps | GPS | GPS | | | | | | | | |
| | acknowledge | agreed | Setuju | Agreed | | | | | | | | |
| | range | score | Nilai | Score | | | | | | | | start=0 end=10 step=2 |
| | text | village | Desa | Village | | | | | | yes | Sukamaju | |
| | text | later | Nanti | Later | | | | | | ${age} < 5 | concat('about ', ${village}) | |
| | note | hello | Halo | Hello | | | | | | | | |
| | end_group | | | | | | | | | | | |
| | start | start | | | | | | | | | | |
| | end | end | | | | | | | | | | |
| | today | today | | | | | | | | | | |
| | deviceid | deviceid | | | | | | | | | | |
| | username | username | | | | | | | | | | |
";

#[test]
fn answers_of_the_wrong_type_are_refused_with_a_message_in_both_languages() {
    let mut instance = open(TYPES);
    for (place, value, code) in [
        ("age", "3.5", "not_an_integer"),
        ("age", "abc", "not_an_integer"),
        ("age", "1234567890123456", "not_an_integer"),
        ("area", "1,5", "not_a_number"),
        ("area", "1e9", "not_a_number"),
        ("born", "2025-02-29", "not_a_date"),
        ("born", "29/02/2024", "not_a_date"),
        ("hour", "25:00", "not_a_time"),
        ("moment", "2024-02-29", "not_a_moment"),
        ("gps", "-6.9", "not_a_place"),
        ("gps", "-96.9 107.6", "not_a_place"),
        ("gps", "a b", "not_a_place"),
        ("agreed", "no", "not_acknowledged"),
        ("village", "x", "read_only"),
        ("hello", "x", "read_only"),
        ("start", "x", "read_only"),
        ("nobody", "x", "unknown_field"),
    ] {
        let error = instance.refuse(place, value);
        assert_eq!(error.code, code, "{place} {value}");
        assert_ne!(error.message("id"), error.message("en"));
    }
    assert_eq!(instance.value("age"), "");
}

#[test]
fn good_answers_are_stored_in_one_way_of_writing() {
    let mut instance = open(TYPES);
    for (place, value, stored) in [
        ("age", " 007 ", "7"),
        ("area", "36.50", "36.5"),
        ("born", "2024-02-29", "2024-02-29"),
        ("hour", "14:30", "14:30"),
        (
            "moment",
            "2024-02-29T14:30:00.000+07:00",
            "2024-02-29T14:30:00.000+07:00",
        ),
        ("gps", "-6.9  107.6 700 4.5", "-6.9 107.6 700 4.5"),
        ("agreed", "ok", "OK"),
        ("age", "", ""),
    ] {
        instance.give(place, value);
        assert_eq!(instance.value(place), stored);
    }
}

#[test]
fn a_broken_constraint_is_stored_and_reported_with_the_authors_words() {
    let mut instance = open(TYPES);
    instance.give("age", "130");
    let state = instance.node(&at("age")).unwrap();
    assert_eq!(
        (state.value.as_str(), state.valid, state.required),
        ("130", false, true)
    );
    let found = instance.findings("id");
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].kind, found[0].message.as_str()),
        (FindingKind::Invalid, "Umur 0 sampai 120")
    );
    assert_eq!(
        (found[0].page.as_str(), &found[0].path),
        ("one", &at("age"))
    );
    assert_eq!(
        (found[1].kind, found[1].message.as_str()),
        (FindingKind::Missing, "Wajib diisi.")
    );
    instance.give("age", "");
    let found = instance.findings("en");
    assert_eq!(
        (found[0].kind, found[0].message.as_str()),
        (FindingKind::Missing, "Age is needed")
    );
    instance.give("age", "17");
    assert!(instance.findings("en").is_empty());
}

#[test]
fn a_range_takes_only_its_steps() {
    let mut instance = open(TYPES);
    for (value, valid) in [
        ("4", true),
        ("10", true),
        ("5", false),
        ("12", false),
        ("-2", false),
    ] {
        instance.give("score", value);
        assert_eq!(instance.node(&at("score")).unwrap().valid, valid, "{value}");
    }
}

#[test]
fn read_only_may_be_an_expression() {
    let mut instance = open(TYPES);
    instance.give("later", "x");
    instance.give("age", "3");
    assert_eq!(instance.refuse("later", "y").code, "read_only");
}

#[test]
fn defaults_and_metadata_are_there_from_the_start() {
    let mut instance = open(TYPES);
    for (place, value) in [
        ("village", "Sukamaju"),
        ("later", "about Sukamaju"),
        ("start", "2026-11-22T10:15:30.250+07:00"),
        ("end", ""),
        ("today", "2026-11-22"),
        ("deviceid", "tablet-7"),
        ("username", "Siti"),
    ] {
        assert_eq!(instance.value(place), value, "{place}");
    }
    instance.finish(DateTime::parse_from_rfc3339("2026-11-22T11:00:00+07:00").unwrap());
    assert_eq!(instance.value("end"), "2026-11-22T11:00:00.000+07:00");
    let kept: Vec<String> = instance
        .calculated()
        .into_iter()
        .map(|(path, _)| path.key)
        .collect();
    assert_eq!(kept, ["start", "end", "today", "deviceid", "username"]);
}

#[test]
fn loaded_answers_win_over_defaults_and_are_not_refused() {
    let mut instance = open(TYPES);
    instance.load(
        [("later", ""), ("village", "Cibiru"), ("age", "old")].map(|(k, v)| (at(k), v.to_owned())),
    );
    assert_eq!(
        (instance.value("village"), instance.value("later")),
        ("Cibiru".into(), String::new())
    );
    let found = instance.findings("en");
    assert_eq!(found[0].message, "Age is 0 to 120");
    assert!(!instance.node(&at("age")).unwrap().valid);
}

#[test]
fn relevance_of_groups_covers_what_they_hold() {
    let mut instance = open(
        "| survey |
         | | type | name | label | relevant | calculation | required |
         | | text | a | A | | | |
         | | begin_group | outer | Outer | ${a} = 'y' | | |
         | | begin_group | inner | Inner | | | |
         | | text | b | B | | | yes |
         | | end_group | | | | | |
         | | end_group | | | | | |
         | | calculate | echo | | | concat('<', ${b}, '>') | |",
    );
    assert!(!instance.group_relevant("inner", None) && !instance.relevant("b"));
    assert!(instance.findings("en").is_empty());
    let changed = instance.give("a", "y");
    assert_eq!(changed.states, [at("b")]);
    assert!(instance.group_relevant("outer", None));
    assert_eq!(instance.findings("en").len(), 1);
    instance.give("b", "1");
    assert_eq!(instance.value("echo"), "<1>");
    instance.give("a", "");
    assert_eq!(
        (instance.value("echo"), instance.value("b")),
        ("<>".into(), "1".into())
    );
    assert!(!instance.group_relevant("nobody", None));
}

#[test]
fn computed_values_fit_their_type_and_cannot_be_typed_over() {
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation |
         | | integer | a | A | |
         | | calculate | half | | ${a} div 2 |
         | | integer | whole | Whole | ${a} div 2 |
         | | date | tomorrow | Tomorrow | today() + 1 |
         | | dateTime | saved | Saved | now() |
         | settings |
         | | form_id | version | form_title | instance_name |
         | | visit | 2026112101 | A visit | concat('Visit ', ${a}) |",
    );
    instance.give("a", "7");
    assert_eq!(
        (instance.value("half"), instance.value("whole")),
        ("3.5".into(), "3".into())
    );
    assert_eq!(instance.value("tomorrow"), "2026-11-23");
    assert_eq!(instance.value("saved"), "2026-11-22T10:15:30.250+07:00");
    assert_eq!(instance.refuse("half", "1").code, "read_only");
    let form = instance.form();
    assert_eq!(
        (form.id(), form.version(), form.title("")),
        ("visit", "2026112101", "A visit".into())
    );
    assert_eq!(instance.instance_name(), "Visit 7");
}

#[test]
fn a_name_that_is_not_whole_yet_shows_no_words_for_what_is_missing() {
    let mut instance = open(
        "| survey |
         | | type | name | label |
         | | text | head | Head |
         | | text | rt | RT |
         | | text | rw | RW |
         | settings |
         | | instance_name |
         | | concat(${head}, ', RT ', ${rt}, '/RW ', ${rw}, '.') |",
    );
    assert_eq!(instance.instance_name(), ", RT /RW .");
    assert_eq!(instance.instance_name_so_far(), "");
    instance.give("rw", "2");
    assert_eq!(instance.instance_name_so_far(), "RW 2.");
    instance.give("head", "Budi");
    assert_eq!(instance.instance_name_so_far(), "Budi/RW 2.");
    instance.give("rt", "3");
    assert_eq!(instance.instance_name_so_far(), "Budi, RT 3/RW 2.");
    instance.give("rw", "");
    assert_eq!(instance.instance_name_so_far(), "Budi, RT 3");
}

#[test]
fn an_expression_nested_as_deep_as_allowed_is_evaluated_on_a_small_stack() {
    let mut nested = "9".to_owned();
    for n in (0..90).rev() {
        nested = format!("if(${{a}} = {n}, {n}, {nested})");
    }
    let table = format!(
        "| survey |\n| | type | name | label | calculation |\n| | integer | a | A | |\n| | calculate | b | | {nested} |"
    );
    let run = move || {
        let mut instance = open(&table);
        instance.give("a", "88");
        assert_eq!(instance.value("b"), "88");
    };
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn nested_counts_cannot_fill_the_memory() {
    let mut instance = open(
        "| survey |
         | | type | name | label | repeat_count |
         | | integer | n | N | |
         | | begin_repeat | a | A | ${n} |
         | | begin_repeat | b | B | ${n} |
         | | text | c | C | |
         | | end_repeat | | | |
         | | end_repeat | | | |",
    );
    instance.give("n", "400");
    assert!(instance.instances("b").len() <= 20_000);
    assert_eq!(instance.instances("a").len(), 400);
}

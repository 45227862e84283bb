use super::*;

const HOUSEHOLD: &str = "
| survey |
| | type | name | label | relevant | calculation |
| | begin_group | location | Location | | |
| | text | village | Village | | |
| | end_group | | | | |
| | begin_repeat | members | Members | | |
| | begin_group | identity | Identity | | |
| | text | name | Name | | |
| | select_one sex | sex | Sex | | |
| | integer | age | Age | | |
| | end_group | | | | |
| | begin_group | health | Health of ${name} from ${village} | | |
| | select_one yes_no | pregnant | Is ${name} pregnant? | ${sex} = '2' and ${age} >= 10 | |
| | calculate | number | | | position(../..) |
| | calculate | before | | | indexed-repeat(${name}, ${members}, ${number} - 1) |
| | calculate | older | | | count(../../../members[identity/age > current()/../../identity/age]) |
| | begin_repeat | aids | Aids | | |
| | text | aid | Aid | | |
| | calculate | tag | | | concat(${name}, '-', ${aid}, '-', ${village}) |
| | end_repeat | | | | |
| | calculate | all_aids | | | join(' ', ${aid}) |
| | end_group | | | | |
| | end_repeat | | | | |
| | calculate | adults | | | count(${members}[./identity/age >= 18]) |
| | calculate | pregnant_women | | | count(/data/members[health/pregnant = '1']) |
| | calculate | every_aid | | | join(' ', ${aid}) |
| choices |
| | list_name | name | label |
| | sex | 1 | Man |
| | sex | 2 | Woman |
| | yes_no | 1 | Yes |
| | yes_no | 2 | No |
";

fn household() -> Instance {
    let mut instance = open(HOUSEHOLD);
    instance.give("village", "Sukamaju");
    for (n, name, sex, age) in [
        (1, "Ani", "2", "29"),
        (2, "Budi", "1", "3"),
        (3, "Cici", "2", "9"),
    ] {
        instance.add_repeat("members", None, id(n));
        instance.give(&format!("members {n} name"), name);
        instance.give(&format!("members {n} sex"), sex);
        instance.give(&format!("members {n} age"), age);
    }
    instance
}

#[test]
fn a_boy_of_three_is_not_asked_whether_he_is_pregnant() {
    let mut household = household();
    assert!(household.relevant("members 1 pregnant"));
    assert!(!household.relevant("members 2 pregnant"));
    assert!(!household.relevant("members 3 pregnant"));
    household.give("members 3 age", "15");
    assert!(household.relevant("members 3 pregnant"));
    assert!(!household.relevant("members 2 pregnant"));
}

#[test]
fn labels_in_a_repeat_speak_of_their_own_instance() {
    let household = household();
    assert_eq!(
        household.label(&at("members 2 pregnant"), "en"),
        "Is Budi pregnant?"
    );
    assert_eq!(
        household.group_label("health", Some(id(3)), ""),
        "Health of Cici from Sukamaju"
    );
}

#[test]
fn positions_close_up_when_an_instance_is_removed() {
    let mut household = household();
    assert_eq!(household.value("members 3 number"), "3");
    assert_eq!(household.value("members 3 before"), "Budi");
    let changed = household.remove_repeat(id(2));
    assert_eq!(changed.repeats, ["members"]);
    assert!(changed.values.contains(&at("members 3 number")));
    assert_eq!(household.value("members 3 number"), "2");
    assert_eq!(household.value("members 3 before"), "Ani");
    // `indexed-repeat` takes an index below 1 for 1, as JavaRosa does.
    assert_eq!(household.value("members 1 before"), "Ani");
    assert_eq!(household.instances("members"), [id(1), id(3)]);
    assert!(household.node(&at("members 2 name")).is_none());
}

#[test]
fn a_predicate_compares_other_instances_with_the_current_one() {
    let household = household();
    let older: Vec<String> = (1..=3)
        .map(|n| household.value(&format!("members {n} older")))
        .collect();
    assert_eq!(older, ["0", "2", "1"]);
    assert_eq!(household.value("adults"), "1");
}

#[test]
fn an_answer_that_is_not_relevant_is_kept_and_counts_as_empty() {
    let mut household = household();
    household.give("members 1 pregnant", "1");
    assert_eq!(household.value("pregnant_women"), "1");
    household.give("members 1 sex", "1");
    assert_eq!(household.value("pregnant_women"), "0");
    assert_eq!(household.value("members 1 pregnant"), "1");
    household.give("members 1 sex", "2");
    assert_eq!(household.value("pregnant_women"), "1");
}

#[test]
fn nested_repeats_see_the_instance_around_them() {
    let mut household = household();
    for (n, parent, aid) in [(11, 1, "PKH"), (12, 1, "BPNT"), (31, 3, "PIP")] {
        household.add_repeat("aids", Some(id(parent)), id(n));
        household.give(&format!("aids {n} aid"), aid);
    }
    assert_eq!(household.value("aids 12 tag"), "Ani-BPNT-Sukamaju");
    assert_eq!(household.value("aids 31 tag"), "Cici-PIP-Sukamaju");
    assert_eq!(household.value("members 1 all_aids"), "PKH BPNT");
    assert_eq!(household.value("members 2 all_aids"), "");
    assert_eq!(household.value("every_aid"), "PKH BPNT PIP");
    assert_eq!(household.instances_in("aids", id(1)), [id(11), id(12)]);
    household.remove_repeat(id(1));
    assert_eq!(household.value("every_aid"), "PIP");
    assert!(household.node(&at("aids 11 aid")).is_none());
}

#[test]
fn instances_with_a_wrong_parent_are_not_added() {
    let mut household = household();
    household.add_repeat("aids", None, id(50));
    household.add_repeat("aids", Some(id(99)), id(51));
    household.add_repeat("members", Some(id(1)), id(52));
    household.add_repeat("nobody", None, id(53));
    assert_eq!(household.instances("aids"), []);
    assert_eq!(household.instances("members").len(), 3);
}

#[test]
fn loading_makes_the_instances_that_paths_name_and_keeps_the_unknown() {
    let mut instance = open(HOUSEHOLD);
    let stored = [
        ("welfare_decile", "2"),
        ("village", "Sukamaju"),
        ("members 7 name", "Dedi"),
        ("members 7 no_such_question", "x"),
        ("aids 70 aid", "PKH"),
    ];
    instance.load(stored.map(|(k, v)| (at(k), v.to_owned())));
    assert_eq!(instance.instances("members"), [id(7)]);
    assert_eq!(instance.value("members 7 number"), "1");
    let unknown: Vec<String> = instance.unknown().keys().map(|k| k.key.clone()).collect();
    assert_eq!(unknown, ["welfare_decile", "aid", "no_such_question"]);
    instance.add_repeat("aids", Some(id(7)), id(70));
    assert_eq!(instance.value("aids 70 tag"), "Dedi-PKH-Sukamaju");
    assert_eq!(instance.unknown().len(), 2);
}

#[test]
fn a_reference_from_outside_to_one_answer_of_many_is_refused() {
    let found = problem(
        "| survey |
         | | type | name | label | calculation |
         | | begin_repeat | members | Members | |
         | | integer | age | Age | |
         | | end_repeat | | | |
         | | calculate | double | | ${age} * 2 |",
    );
    assert_eq!(
        (found.code, found.row, found.column.as_deref()),
        ("reference_plural", Some(6), Some("calculation"))
    );
}

const COUNTED: &str = "
| survey |
| | type | name | label | calculation | repeat_count | default |
| | integer | n | How many? | | | |
| | begin_repeat | goats | Goats | | ${n} | |
| | integer | weight | Weight | | | 10 |
| | calculate | place | | position(..) | | |
| | end_repeat | | | | | |
| | calculate | total | | sum(${weight}) | | |
";

#[test]
fn a_counted_repeat_grows_and_keeps_what_is_too_much() {
    let mut instance = open(COUNTED);
    assert_eq!(instance.instances("goats").len(), 0);
    let changed = instance.give("n", "3");
    assert_eq!(changed.repeats, ["goats"]);
    let goats = instance.instances("goats");
    assert_eq!(goats.len(), 3);
    assert_eq!(instance.value("total"), "30");
    let last = FieldPath::of("goats", goats[2], "weight");
    instance.set(&last, "25").unwrap();
    assert_eq!(instance.value("total"), "45");
    instance.give("n", "2");
    assert_eq!(instance.value("total"), "20");
    assert!(!instance.group_relevant("goats", Some(goats[2])));
    instance.give("n", "3");
    assert_eq!(instance.value("total"), "45");
    assert_eq!(instance.instances("goats"), goats);
    instance.give("n", "1000000");
    assert_eq!(instance.instances("goats").len(), 500);
    instance.give("n", "-1");
    assert_eq!(instance.value("total"), "0");
}

#[test]
fn a_repeat_that_is_not_relevant_counts_nothing() {
    let mut instance = open(
        "| survey |
         | | type | name | label | relevant | calculation |
         | | select_one yn | any | Any? | | |
         | | begin_repeat | goats | Goats | ${any} = 'y' | |
         | | integer | weight | Weight | | |
         | | end_repeat | | | | |
         | | calculate | number | | | count(${goats}) |
         | choices |
         | | list_name | name | label |
         | | yn | y | Yes |
         | | yn | n | No |",
    );
    instance.add_repeat("goats", None, id(1));
    assert_eq!(instance.value("number"), "0");
    assert!(!instance.group_relevant("goats", None));
    let changed = instance.give("any", "y");
    assert_eq!(instance.value("number"), "1");
    assert!(
        instance.group_relevant("goats", None) && instance.group_relevant("goats", Some(id(1)))
    );
    assert!(changed.states.contains(&at("goats 1 weight")));
}

#[test]
fn a_repeat_named_inside_itself_is_its_own_instance_as_in_javarosa() {
    let compiled = try_form(
        "| survey |
         | | type | name | label | calculation |
         | | begin_repeat | rep | R | |
         | | integer | x | X | |
         | | calculate | own | | count(${rep}) |
         | | calculate | all | | count(../../rep) |
         | | calculate | some | | count(${rep}[x > 1]) |
         | | calculate | place | | position(${rep}) |
         | | calculate | own_x | | /data/rep/x + 1 |
         | | begin_repeat | inner | I | |
         | | calculate | inners | | count(${inner}) |
         | | end_repeat | | | |
         | | end_repeat | | | |",
    )
    .unwrap();
    assert!(
        compiled
            .warnings
            .iter()
            .any(|w| w.code == "repeat_own" && w.row == Some(5))
    );
    let mut instance = Instance::new(Arc::new(compiled.form), context());
    for n in 1..=3 {
        instance.add_repeat("rep", None, id(n));
        instance.give(&format!("rep {n} x"), &n.to_string());
    }
    instance.add_repeat("inner", Some(id(2)), id(21));
    instance.add_repeat("inner", Some(id(2)), id(22));
    let two =
        ["own", "all", "some", "place", "own_x"].map(|key| instance.value(&format!("rep 2 {key}")));
    assert_eq!(two, ["1", "3", "2", "2", "3"]);
    assert_eq!(instance.value("inner 21 inners"), "2");
}

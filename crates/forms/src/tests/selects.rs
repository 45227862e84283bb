use super::*;

const REGIONS: &str = "
| survey |
| | type | name | label | choice_filter | calculation |
| | select_one province | province | Province | | |
| | select_one regency | regency | Regency | province = ${province} | |
| | select_multiple village | villages | Villages | selected(${regency}, regency) and name != 'closed' | |
| | calculate | regency_name | | | instance('regency')/root/item[name = ${regency}]/label |
| | calculate | regencies | | | count(instance('regency')/root/item[province = ${province}]) |
| choices |
| | list_name | name | label::Bahasa Indonesia (id) | label::English (en) | province | regency |
| | province | 32 | Jawa Barat | West Java | | |
| | province | 33 | Jawa Tengah | Central Java | | |
| | regency | 3204 | Kab. Bandung | Bandung Regency | 32 | |
| | regency | 3273 | Kota Bandung | Bandung City | 32 | |
| | regency | 3310 | Klaten | Klaten | 33 | |
| | village | v1 | Sukamaju | Sukamaju | | 3204 |
| | village | v2 | Cibiru | Cibiru | | 3273 |
| | village | v3 | Cipadung | Cipadung | | 3273 |
| | village | closed | Tutup | Closed | | 3273 |
";

fn names(instance: &Instance, place: &str) -> Vec<String> {
    instance
        .choices(&at(place), "en")
        .into_iter()
        .map(|c| c.value)
        .collect()
}

#[test]
fn a_cascade_offers_only_what_lies_in_the_chosen_region() {
    let mut instance = open(REGIONS);
    assert_eq!(names(&instance, "regency"), Vec::<String>::new());
    let changed = instance.give("province", "32");
    assert!(changed.states.contains(&at("regency")));
    assert_eq!(names(&instance, "regency"), ["3204", "3273"]);
    instance.give("regency", "3273");
    assert_eq!(names(&instance, "villages"), ["v2", "v3"]);
    assert_eq!(instance.value("regency_name"), "Kota Bandung");
    assert_eq!(instance.value("regencies"), "2");
}

#[test]
fn an_answer_that_its_filter_no_longer_offers_is_kept_and_found_invalid() {
    let mut instance = open(REGIONS);
    instance.give("province", "32");
    instance.give("regency", "3273");
    instance.give("villages", "v3 v2");
    assert!(instance.findings("en").is_empty());
    instance.give("province", "33");
    let found = instance.findings("en");
    assert_eq!(found[0].path, at("regency"));
    assert_eq!(found[0].kind, crate::FindingKind::Invalid);
    assert_eq!(instance.value("regency"), "3273");
    instance.give("regency", "3310");
    assert!(!instance.node(&at("villages")).unwrap().valid);
}

#[test]
fn choices_and_values_speak_the_language_asked_for() {
    let mut instance = open(REGIONS);
    let label = |lang: &str| instance.choices(&at("province"), lang)[0].label.clone();
    assert_eq!(
        (label("id"), label("en"), label("fr")),
        ("Jawa Barat".into(), "West Java".into(), "Jawa Barat".into())
    );
    instance.give("villages", "v1 v2");
    assert_eq!(
        instance.value_to_text(&at("villages"), "en"),
        "Sukamaju, Cibiru"
    );
    assert_eq!(instance.value_to_text(&at("province"), "en"), "");
}

#[test]
fn selected_choices_are_stored_once_and_in_the_order_of_the_list() {
    let mut instance = open(REGIONS);
    instance.give("villages", " v3  v1 v3 ");
    assert_eq!(instance.value("villages"), "v1 v3");
    assert_eq!(instance.refuse("villages", "v1 v9").code, "not_a_choice");
    assert_eq!(instance.value("villages"), "v1 v3");
}

#[test]
fn a_filter_by_an_unknown_column_is_refused_with_the_near_one() {
    let found = problem(&REGIONS.replace("province = ${province} |", "provinse = ${province} |"));
    assert_eq!(
        (found.code, found.row, found.column.as_deref()),
        ("reference_unknown", Some(5), Some("choice_filter"))
    );
    assert!(found.message.contains("'province'"), "{}", found.message);
}

#[test]
fn a_choice_label_may_hold_an_answer() {
    let mut instance = open(
        "| survey |
         | | type | name | label |
         | | text | who | Who? |
         | | select_one yn | sure | Sure? |
         | choices |
         | | list_name | name | label |
         | | yn | y | Yes, ${who} |",
    );
    instance.give("who", "Ani");
    assert_eq!(instance.choices(&at("sure"), "")[0].label, "Yes, Ani");
}

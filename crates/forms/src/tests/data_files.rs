//! Choices and values from files beside the form.

use super::*;

const POSTS: &str = "name,label,village,officer\nmelati,Posyandu Melati,15,Siti\nmawar,Posyandu Mawar,16,Budi\nanggrek,Posyandu Anggrek,16,Ani\n";

fn offered_labels(instance: &Instance, place: &str) -> Vec<String> {
    let choices = instance.choices(&at(place), "en");
    choices.into_iter().map(|c| c.label).collect()
}

// ODK XForms specification, "Secondary instances - external"; XLSForm, "Multiple choice from file".
#[test]
fn choices_come_from_a_csv_file_and_are_filtered_by_its_columns() {
    let table = "| survey |
        | | type | name | label | choice_filter | calculation |
        | | text | village | Village | | |
        | | select_one_from_file posts.csv | post | Post | village = ${village} | |
        | | calculate | officer | | | instance('posts')/root/item[name = ${post}]/officer |";
    let mut instance = Instance::new(
        with_files(table, &[("posts.csv", POSTS)]).unwrap(),
        context(),
    );
    instance.give("village", "16");
    assert_eq!(offered(&instance, "post"), ["mawar", "anggrek"]);
    assert_eq!(
        offered_labels(&instance, "post"),
        ["Posyandu Mawar", "Posyandu Anggrek"]
    );
    instance.give("post", "anggrek");
    assert_eq!(instance.value("officer"), "Ani");
    assert!(instance.node(&at("post")).unwrap().valid);
    assert_eq!(instance.refuse("post", "kenanga").code, "not_a_choice");
}

#[test]
fn value_and_label_may_be_other_columns() {
    let table = "| survey |
        | | type | name | label | parameters |
        | | select_one_from_file posts.csv | officer | Officer | value=officer label=village |";
    let instance = Instance::new(
        with_files(table, &[("posts.csv", POSTS)]).unwrap(),
        context(),
    );
    assert_eq!(offered(&instance, "officer"), ["Siti", "Budi", "Ani"]);
    assert_eq!(offered_labels(&instance, "officer"), ["15", "16", "16"]);
}

#[test]
fn choices_come_from_xml_and_geojson_files() {
    let table = "| survey |
        | | type | name | label | calculation |
        | | select_one_from_file a.xml | a | A | |
        | | select_multiple_from_file b.geojson | b | B | |
        | | xml-external | settings | | |
        | | calculate | place | | instance('b')/root/item[id = ${b}]/geometry |
        | | calculate | limit | | instance('settings')/config/limit[code = 'x']/value |";
    let files = [
        (
            "a.xml",
            "<root><item><name>1</name><label>One</label></item></root>",
        ),
        (
            "b.geojson",
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"p1","title":"Pos 1"},"geometry":{"type":"Point","coordinates":[105.2,-5.4]}}]}"#,
        ),
        (
            "settings.xml",
            "<config><limit><code>x</code><value>12</value></limit></config>",
        ),
    ];
    let mut instance = Instance::new(with_files(table, &files).unwrap(), context());
    assert_eq!(offered_labels(&instance, "a"), ["One"]);
    assert_eq!(offered_labels(&instance, "b"), ["Pos 1"]);
    assert_eq!(
        instance.choices(&at("b"), "en")[0].geometry,
        "-5.4 105.2 0 0"
    );
    instance.give("b", "p1");
    assert_eq!(instance.value("place"), "-5.4 105.2 0 0");
    assert_eq!(instance.value("limit"), "12");
}

#[test]
fn a_file_that_is_missing_or_lacks_a_column_is_named_with_the_row() {
    let table = "| survey |
        | | type | name | label | parameters |
        | | select_one_from_file posts.csv | a | A | |";
    let found = with_files(table, &[]).unwrap_err();
    assert_eq!((found[0].code, found[0].row), ("file_missing", Some(3)));
    let found = with_files(table, &[("posts.csv", "nama,label\n1,x\n")]).unwrap_err();
    assert_eq!((found[0].code, found[0].row), ("file_column", Some(3)));
    assert!(found[0].message.contains("Did you mean 'nama'?"));
    assert_eq!(
        crate::wanted_files(table.as_bytes(), "test.md"),
        ["posts.csv"]
    );
}

// SurveyCTO and ODK Collect, "Multiple choice from file": the appearance search().
#[test]
fn search_offers_what_a_csv_file_holds_beside_the_lists_own_numbers() {
    let form = |appearance: &str| {
        let table = format!(
            "| survey |
             | | type | name | label | appearance |
             | | text | village | Village | |
             | | text | word | Word | |
             | | select_one posts | post | Post | minimal {appearance} |
             | choices |
             | | list_name | name | label |
             | | posts | 99 | Other post |
             | | posts | name | label, officer |"
        );
        with_files(&table, &[("posts.csv", POSTS)])
    };
    let mut instance = Instance::new(form("search('posts')").unwrap(), context());
    assert_eq!(
        offered(&instance, "post"),
        ["99", "melati", "mawar", "anggrek"]
    );
    assert_eq!(
        offered_labels(&instance, "post"),
        [
            "Other post",
            "Posyandu Melati Siti",
            "Posyandu Mawar Budi",
            "Posyandu Anggrek Ani"
        ]
    );
    instance.give("post", "mawar");
    let filtered = "search('posts', 'contains', 'label,officer', ${word}, 'village', ${village})";
    let mut instance = Instance::new(form(filtered).unwrap(), context());
    instance.give("village", "16");
    assert_eq!(offered(&instance, "post"), ["99", "mawar", "anggrek"]);
    instance.give("word", "BUDI");
    assert_eq!(offered(&instance, "post"), ["99", "mawar"]);
    let found = form("search('posts', 'contain', 'label', ${word})").unwrap_err();
    assert!(
        found[0].message.contains("Did you mean 'contains'?"),
        "{found:?}"
    );
}

// ODK documentation, "Select one from map": any choices with a column `geometry`.
#[test]
fn choices_say_where_they_lie_whatever_list_they_come_from() {
    let table = "| survey |
        | | type | name | label | appearance |
        | | select_one posts | post | Post | map |
        | | select_one_from_file wells.csv | well | Well | map |
        | choices |
        | | list_name | name | label | geometry |
        | | posts | a | A | -5.4 105.2 0 0 |
        | | posts | b | B | |";
    let wells = "name,label,geometry\nw1,Well,-5 105 0 0; -5 106 0 0; -6 106 0 0; -5 105 0 0\n";
    let instance = Instance::new(
        with_files(table, &[("wells.csv", wells)]).unwrap(),
        context(),
    );
    let places = |question| {
        let choices = instance.choices(&at(question), "en").into_iter();
        choices.map(|c| c.geometry).collect::<Vec<_>>()
    };
    assert_eq!(places("post"), ["-5.4 105.2 0 0", ""]);
    assert_eq!(
        places("well"),
        ["-5 105 0 0; -5 106 0 0; -6 106 0 0; -5 105 0 0"]
    );
    let row = instance.choice_in(&at("well"), 0, "en").unwrap();
    assert_eq!(row.geometry, places("well")[0]);
}

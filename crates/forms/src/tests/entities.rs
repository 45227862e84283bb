//! Lists of entities that a form reads: their rows come when the form is used.

use super::{Short, context, offered, with_files};
use crate::{EntityRow, Files, Form, Instance, compile_with};
use std::collections::BTreeMap;
use std::sync::Arc;

const READS: &str = "| survey |
    | | type | name | label | calculation | choice_filter |
    | | text | kind | Kind | | |
    | | select_one_from_file trees.csv | tree | Tree | | ${kind} = '' or species = ${kind} |
    | | calculate | height | | instance('trees')/root/item[name = ${tree}]/height | |
    | | calculate | owner | | pulldata('trees', 'owner', 'name', ${tree}) | |
    | | calculate | seen | | instance('trees')/root/item[name = ${tree}]/__version | |
";

fn read(table: &str) -> Form {
    let mut files = Files::new();
    files.allow_entities();
    match compile_with(table.as_bytes(), "test.md", &files) {
        Ok(compiled) => compiled.form,
        Err(problems) => panic!("{problems:#?}"),
    }
}

fn row(name: &str, label: &str, version: u32, properties: &[(&str, &str)]) -> EntityRow {
    EntityRow {
        name: name.into(),
        label: label.into(),
        version,
        properties: properties
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    }
}

fn trees(form: &Form, rows: Vec<EntityRow>) -> Instance {
    let form = form.with_entities(&BTreeMap::from([("trees".to_owned(), rows)]));
    Instance::new(Arc::new(form), context())
}

#[test]
fn entities_are_choices_columns_and_data_of_another_form() {
    let form = read(READS);
    assert_eq!(Vec::from_iter(form.entity_lists()), ["trees"]);
    assert_eq!(
        Vec::from_iter(form.entity_columns()["trees"].clone()),
        ["height", "owner", "species"]
    );
    let mut empty = Instance::new(Arc::new(form.with_entities(&BTreeMap::new())), context());
    assert!(offered(&empty, "tree").is_empty());
    empty.refuse("tree", "a");
    let rows = vec![
        row("b", "Jati", 3, &[("species", "jati"), ("height", "3")]),
        row(
            "a",
            "Mangga",
            1,
            &[("species", "mangga"), ("owner", "Siti")],
        ),
    ];
    let mut instance = trees(&form, rows);
    assert_eq!(offered(&instance, "tree"), ["b", "a"]);
    assert_eq!(
        instance.choices(&super::at("tree"), "id")[1].label,
        "Mangga"
    );
    instance.give("kind", "mangga");
    assert_eq!(offered(&instance, "tree"), ["a"]);
    instance.give("tree", "a");
    assert_eq!(instance.value("owner"), "Siti");
    assert_eq!(instance.value("height"), "");
    instance.give("kind", "");
    instance.give("tree", "b");
    assert_eq!(instance.value("height"), "3");
    assert_eq!(instance.value("seen"), "3");
    // Rows given again take the place of the earlier ones, also where columns are looked up.
    let again = trees(
        instance.form(),
        vec![row("c", "Randu", 1, &[("species", "jati")])],
    );
    assert_eq!(offered(&again, "tree"), ["c"]);
}

#[test]
fn a_file_that_is_there_wins_over_the_list_of_entities() {
    let form = with_files(
        READS,
        &[(
            "trees.csv",
            "name,label,species,height,owner,__version\nx,X,,,,",
        )],
    );
    let form = form.unwrap();
    assert!(form.entity_lists().is_empty());
    assert_eq!(
        offered(&trees(&form, vec![row("a", "A", 1, &[])]), "tree"),
        ["x"]
    );
}

#[test]
fn a_file_that_is_missing_is_an_error_unless_the_form_makes_or_changes_that_list() {
    let problems = with_files(READS, &[]).unwrap_err();
    assert!(
        problems.iter().any(|p| p.code == "file_missing"),
        "{problems:#?}"
    );
    let own = format!(
        "{READS}| entities |
         | | list_name | entity_id |
         | | trees | ${{tree}} |"
    );
    let form = with_files(&own, &[]).unwrap();
    assert_eq!(Vec::from_iter(form.entity_lists()), ["trees"]);
    assert_eq!(
        Vec::from_iter(form.declared_entities().into_keys()),
        ["trees"]
    );
}

#[test]
fn choices_can_be_named_by_a_property_of_the_entity() {
    let form = read(
        "| survey |
         | | type | name | label | parameters |
         | | select_multiple_from_file trees.csv | tree | Tree | value=code label=species |",
    );
    let rows = vec![row("a", "A", 1, &[("code", "17"), ("species", "jati")])];
    let mut instance = trees(&form, rows);
    instance.give("tree", "17");
    assert_eq!(instance.text_of(&super::at("tree"), "17", "id"), "jati");
}

#[test]
fn an_xform_reads_entities_as_a_workbook_does() {
    let mut files = Files::new();
    files.allow_entities();
    let xml = crate::to_xform(READS.as_bytes(), "test.md", &files).unwrap();
    let form = read(&xml);
    assert_eq!(Vec::from_iter(form.entity_lists()), ["trees"]);
    let mut instance = trees(&form, vec![row("a", "A", 1, &[("height", "7")])]);
    instance.give("tree", "a");
    assert_eq!(instance.value("height"), "7");
}

#[test]
fn an_xform_reads_the_list_that_it_changes_itself() {
    let own = format!(
        "{READS}| entities |
         | | list_name | entity_id |
         | | trees | ${{tree}} |"
    );
    let xml = crate::to_xform(own.as_bytes(), "test.md", &Files::new()).unwrap();
    let form = with_files(&xml, &[]).unwrap();
    assert_eq!(Vec::from_iter(form.entity_lists()), ["trees"]);
    let mut instance = trees(&form, vec![row("a", "A", 4, &[])]);
    instance.give("tree", "a");
    assert_eq!(instance.entities()[0].id, "a");
}

#[test]
fn a_map_asks_a_list_of_entities_for_their_places() {
    let table = "| survey |
        | | type | name | label | appearance |
        | | select_one_from_file trees.csv | tree | Tree | map |
        | | select_one_from_file shops.csv | shop | Shop | |";
    let form = read(table);
    assert_eq!(
        Vec::from_iter(form.entity_columns()["trees"].clone()),
        ["geometry"]
    );
    assert!(form.entity_columns()["shops"].is_empty());
    let rows = vec![row("a", "Mangga", 1, &[("geometry", "-5.4 105.2 0 0")])];
    let instance = trees(&form, rows);
    let choices = instance.choices(&super::at("tree"), "id");
    assert_eq!(choices[0].geometry, "-5.4 105.2 0 0");
}

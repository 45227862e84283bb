use super::*;
use std::collections::BTreeMap;

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An element as text, for comparing: attributes sorted, and also what has no order in the model.
fn canonical(node: roxmltree::Node<'_, '_>) -> String {
    let name = node.tag_name().name();
    let attributes: BTreeMap<String, String> = node
        .attributes()
        .map(|a| {
            let key = format!("{}{}", a.namespace().unwrap_or_default(), a.name());
            (key, words(a.value()))
        })
        .collect();
    let mut children: Vec<String> = node
        .children()
        .filter_map(|child| {
            if child.is_element() {
                return Some(canonical(child));
            }
            Some(words(child.text()?)).filter(|t| !t.is_empty())
        })
        .collect();
    if matches!(name, "model" | "translation" | "text" | "item" | "itext") {
        children.sort();
    }
    format!("<{name} {attributes:?}>{}</{name}>", children.join("\n"))
}

fn written(table: &str, name: &str) -> String {
    crate::to_xform(table.as_bytes(), name, &files()).unwrap_or_else(|p| panic!("{p:#?}"))
}

#[test]
fn the_written_xform_is_what_pyxform_writes() {
    for ((table, xml), name) in [(VISIT, "visit.md"), (PLAIN, "plain.md")] {
        let ours = written(table, name);
        let (ours, theirs) = (
            roxmltree::Document::parse(&ours).unwrap(),
            roxmltree::Document::parse(xml).unwrap(),
        );
        let (ours, theirs) = (
            canonical(ours.root_element()),
            canonical(theirs.root_element()),
        );
        for (a, b) in ours.lines().zip(theirs.lines()) {
            assert_eq!(a, b);
        }
        assert_eq!(ours, theirs);
    }
}

#[test]
fn what_is_written_can_be_read_and_stays_as_it_is_when_written_again() {
    let xml = written(VISIT.0, "visit.md");
    let again = crate::to_xform(xml.as_bytes(), "visit.xml", &files()).unwrap();
    assert_eq!(xml, again);
}

#[test]
fn entities_stand_where_their_properties_are() {
    let xml = written(
        "
| survey |
| | type | name | label | save_to |
| | begin_repeat | tree | Tree | |
| | begin_group | what | What | |
| | text | species | Species | species |
| | end_group | | | |
| | integer | height | Height | height |
| | end_repeat | | | |
| entities |
| | list_name | label | create_if |
| | trees | concat(${species}, ' ', ${height}) | ${height} > 1 |
",
        "trees.md",
    );
    for part in [
        "entities:entities-version=\"2025.1.0\"",
        "<entity dataset=\"trees\" create=\"1\" id=\"\">",
        "nodeset=\"/data/tree/what/species\" type=\"string\" entities:saveto=\"species\"",
        "nodeset=\"/data/tree/meta/entity/@create\" readonly=\"true()\" type=\"string\" calculate=\" ../../../height  &gt; 1\"",
        "calculate=\"concat( ../../../what/species , ' ',  ../../../height )\"",
        "<setvalue ref=\"/data/tree/meta/entity/@id\" event=\"odk-new-repeat\" value=\"uuid()\"/>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    assert!(read(&xml).is_ok(), "{:#?}", read(&xml).err());
}

#[test]
fn the_authors_own_attributes_need_a_prefix_that_is_declared() {
    let table = |settings: &str| {
        format!(
            "
| survey |
| | type | name | label | bind::esri:length |
| | text | a | A | 5 |
| settings |
| | form_id | namespaces |
| | t | {settings} |
"
        )
    };
    let good = table("esri=\"http://esri.com/xforms\"");
    assert!(written(&good, "t.md").contains("esri:length=\"5\""));
    let bad = table("esry=\"http://esri.com/xforms\"");
    let problems = crate::to_xform(bad.as_bytes(), "t.md", &files()).unwrap_err();
    assert_eq!(problems[0].code, "namespace_unknown");
    assert!(
        problems[0].message.contains("Did you mean 'esry'?"),
        "{problems:?}"
    );
    assert_eq!(problems[0].row, Some(4));
}

#[test]
fn a_form_that_cannot_be_used_is_not_written() {
    let table = "| survey |\n| | type | name | label | relevant |\n| | text | a | A | ${b} = 1 |\n";
    let problems = crate::to_xform(table.as_bytes(), "t.md", &files()).unwrap_err();
    assert_eq!(problems[0].code, "reference_unknown");
}

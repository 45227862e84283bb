//! `begin loop over LIST`, as pyxform 4.5 expands it.

use super::*;
use crate::Files;

const FORM: &str = "| survey |
    | | type | name | label::English (en) | label::Indonesia (id) | relevant |
    | | begin loop over fuels | fuel_loop | Fuels | Bahan bakar | |
    | | integer | amount | How much %(label)s? | Berapa %(label)s? | |
    | | begin group | more | More | Lagi | |
    | | text | note | About %(name)s | Tentang %(name)s | |
    | | end group | | | | |
    | | end loop | | | | |
    | choices |
    | | list_name | name | label::English (en) | label::Indonesia (id) |
    | | fuels | gas | Gas | Elpiji |
    | | fuels | none | None of them | Tidak ada |
    | | fuels | wood | Wood | Kayu |";

#[test]
fn what_stands_in_a_loop_is_asked_once_for_each_choice_in_a_group_of_its_name() {
    let xml = crate::to_xform(FORM.as_bytes(), "visit.md", &Files::new()).unwrap();
    for path in [
        "/data/fuel_loop/gas/amount",
        "/data/fuel_loop/gas/more/note",
        "/data/fuel_loop/wood/amount",
        "/data/fuel_loop/wood/more/note",
    ] {
        assert!(
            xml.contains(&format!("nodeset=\"{path}\"")),
            "{path} is not in {xml}"
        );
    }
    assert!(
        !xml.contains("/none/"),
        "what stands for nothing is no turn"
    );
    let mut instance = open(FORM);
    assert_eq!(instance.label(&at("amount"), "id"), "Berapa Elpiji?");
    assert_eq!(instance.label(&at("wood.amount"), "id"), "Berapa Kayu?");
    assert_eq!(instance.label(&at("wood.amount"), "en"), "How much Wood?");
    assert_eq!(instance.label(&at("more.note"), "en"), "About wood");
    instance.give("amount", "1");
    instance.give("wood.amount", "2");
    assert_eq!(
        (instance.value("amount"), instance.value("wood.amount")),
        ("1".into(), "2".into())
    );
}

#[test]
fn a_loop_in_a_loop_asks_for_each_pair() {
    let form = "| survey |
        | | type | name | label |
        | | begin loop over a | outer | Outer |
        | | begin loop over b | inner | Inner |
        | | integer | n | %(label)s |
        | | end loop | | |
        | | end loop | | |
        | | text | last | Last |
        | choices |
        | | list_name | name | label |
        | | a | a1 | A one |
        | | a | a2 | A two |
        | | b | b1 | B one |
        | | b | b2 | B two |";
    let xml = crate::to_xform(form.as_bytes(), "visit.md", &Files::new()).unwrap();
    for path in [
        "/data/outer/a1/inner/b2/n",
        "/data/outer/a2/inner/b1/n",
        "/data/last",
    ] {
        assert!(
            xml.contains(&format!("nodeset=\"{path}\"")),
            "{path} is not in {xml}"
        );
    }
}

#[test]
fn a_loop_without_a_list_with_an_unknown_one_or_without_its_end_is_named() {
    let said = |from: &str, to: &str| {
        let problems = try_form(&FORM.replace(from, to)).unwrap_err();
        problems
            .into_iter()
            .map(|p| p.message)
            .collect::<Vec<_>>()
            .join(" / ")
    };
    assert!(said("loop over fuels", "loop").contains("Repeat loop without list name."));
    let unknown = said("over fuels", "over fuel");
    assert!(
        unknown.contains("List name not in choices sheet: 'fuel'.") && unknown.contains("fuels"),
        "{unknown}"
    );
    assert!(
        said("| end loop | | | | |", "| note | n | N | N | |")
            .contains("loop 'fuel_loop' has no 'end_loop'")
    );
    assert!(said("end loop", "end group").contains("'fuel_loop' of row"));
    assert!(said("begin loop over fuels", "begin group").contains("no loop is open here"));
}

use super::*;
use crate::script::{parse, run};

/// States of a form under a script.
fn states(form: Compiled, script: &str) -> Vec<crate::script::States> {
    run(Arc::new(form.form), context(), &parse(script).unwrap()).unwrap()
}

fn both((table, xml): (&str, &str)) -> (Compiled, Compiled) {
    let from_table = crate::compile_with(table.as_bytes(), "visit.md", &files());
    let from_xml = crate::compile_with(xml.as_bytes(), "visit.xml", &files());
    (
        from_table.unwrap_or_else(|p| panic!("{p:#?}")),
        from_xml.unwrap_or_else(|p| panic!("{p:#?}")),
    )
}

#[test]
fn the_same_form_from_a_table_and_from_its_xform_gives_the_same_states() {
    let scripts = [
        (
            VISIT,
            r#"[{"set":"/data/count","value":"3"},
                {"set":"/data/who/name","value":"Siti"},
                {"set":"/data/who/province","value":"p1"},
                {"set":"/data/who/regency","value":"r2"},
                {"set":"/data/member[1]/who_is","value":"Adi"},
                {"set":"/data/member[2]/who_is","value":"Budi"},
                {"set":"/data/member[2]/age","value":"9"},
                {"add_repeat":"/data/member[1]/pet"},
                {"set":"/data/member[1]/pet[1]/pet_name","value":"Cat"},
                {"set":"/data/head","value":"Budi"},
                {"set":"/data/best","value":"cash rice"},
                {"set":"/data/score","value":"9"},
                {"set":"/data/count","value":"7"},
                {"set":"/data/count","value":"0"}]"#,
        ),
        (
            PLAIN,
            r#"[{"set":"/data/any","value":"yes"},
                {"set":"/data/post","value":"a1"},
                {"set":"/data/other","value":"other"},
                {"set":"/data/other_other","value":"none of them"},
                {"add_repeat":"/data/child"},
                {"set":"/data/child[1]/name","value":"Ani"},
                {"set":"/data/child[2]/name","value":"Beni"},
                {"set":"/data/child[2]/well","value":"no"},
                {"set":"/data/any","value":"no"}]"#,
        ),
    ];
    for (pair, script) in scripts {
        let (table, xml) = both(pair);
        let (table, xml) = (states(table, script), states(xml, script));
        assert_eq!(table.len(), xml.len());
        for (step, (a, b)) in table.iter().zip(&xml).enumerate() {
            for (path, state) in a {
                assert_eq!(Some(state), b.get(path), "step {step}: {path}");
            }
            assert_eq!(a.len(), b.len(), "step {step}");
        }
        let last = xml.last().unwrap();
        assert!(last.values().any(|s| !s.value.is_empty()));
    }
}

#[test]
fn names_texts_and_files_come_from_the_xform_as_from_the_table() {
    let (table, xml) = both(VISIT);
    let (a, b) = (&table.form, &xml.form);
    assert_eq!((a.id(), a.version()), (b.id(), b.version()));
    assert_eq!(a.title("en"), b.title("en"));
    assert_eq!(a.languages(), b.languages());
    assert_eq!(a.default_language(), b.default_language());
    assert_eq!(b.attachments(), ["card.png", "rice.png"]);
    for name in ["name", "count", "thanks", "aid"] {
        let (a, b) = (a.find(None, name).unwrap(), b.find(None, name).unwrap());
        assert_eq!(a.kind, b.kind, "{name}");
        let a = serde_json::to_value(&a.label).unwrap();
        let b = serde_json::to_string(&b.label).unwrap();
        // The table says ${count}, the XForm says where that is.
        let b: serde_json::Value =
            serde_json::from_str(&b.replace("${/data/count}", "${count}")).unwrap();
        assert_eq!(a, b, "{name}");
    }
    let mut open = Instance::new(Arc::new(xml.form), context());
    open.give("count", "2");
    open.give("name", "Siti");
    assert_eq!(open.label(&at("name"), "en"), "Name of 2 people");
    assert_eq!(open.hint(&at("name"), "en"), "As on the card");
    let choices = open.choices(&at("aid"), "en");
    assert_eq!(choices[0].label, "Rice for Siti");
    assert_eq!(choices[0].media.image, "rice.png");
}

use super::*;
use std::fmt::Write;

fn refused(bytes: &[u8]) -> Vec<Problem> {
    crate::compile_with(bytes, "t.xml", &files())
        .err()
        .unwrap_or_else(|| panic!("the form loads"))
}

#[test]
fn elements_nested_a_hundred_thousand_deep_are_refused() {
    for open in ["<a>", "<a b='>'>", "<a><![CDATA[<b>]]>", "<a><!-- > -->"] {
        let deep = open.repeat(100_000);
        assert_eq!(refused(deep.as_bytes())[0].code, "xml_unreadable");
    }
    let closed = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let problem = &refused(closed.as_bytes())[0];
    assert!(problem.message.contains("nested"), "{problem}");
    let groups = xform(
        &format!("{}{}", "<g>".repeat(60), "</g>".repeat(60)),
        "",
        "",
    );
    assert_eq!(refused(groups.as_bytes())[0].code, "nesting");
}

#[test]
fn entities_of_the_documents_own_are_refused() {
    let mut bomb = String::from("<!DOCTYPE x [<!ENTITY a \"ha\">");
    for n in 1..20 {
        write!(bomb, "<!ENTITY a{n} \"&a{};&a{};\">", n - 1, n - 1).unwrap();
    }
    bomb.push_str("]><x>&a19;</x>");
    assert_eq!(refused(bomb.as_bytes())[0].code, "xml_unreadable");
    let outside = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x>&a;</x>";
    assert_eq!(refused(outside.as_bytes())[0].code, "xml_unreadable");
}

#[test]
fn ten_megabytes_of_one_thing_are_answered() {
    let row = r#"<input ref="/data/a"><label>A</label></input>"#;
    let many = xform("<a/>", "", &row.repeat((10 << 20) / row.len()));
    let problems = refused(many.as_bytes());
    assert!(problems.len() <= 500 && problems[0].code == "control_twice");
    let attribute = xform(
        "<a/>",
        &format!(
            "<bind nodeset=\"/data/a\" relevant=\"{}\"/>",
            "(".repeat(10 << 20)
        ),
        row,
    );
    assert_eq!(refused(attribute.as_bytes())[0].code, "expression_syntax");
    assert_eq!(
        refused("<".repeat(10 << 20).as_bytes())[0].code,
        "xml_unreadable"
    );
}

#[test]
fn what_is_no_xform_is_refused_and_named() {
    for (text, part) in [
        ("<", "well-formed"),
        ("<a/>", "the outermost element is 'a'"),
        (
            "<h:html xmlns:h=\"http://www.w3.org/1999/xhtml\"/>",
            "needs h:html",
        ),
        (
            "<html><head><model/></head><body/></html>",
            "no primary instance",
        ),
    ] {
        let problem = &refused(text.as_bytes())[0];
        assert!(problem.message.contains(part), "{text}: {problem}");
    }
    assert!(refused(b"<a>\xff</a>")[0].message.contains("UTF-8"));
    assert!(
        refused(&[0xef, 0xbb, 0xbf, b' ', b'<'])[0]
            .message
            .contains("well-formed")
    );
}

#[test]
fn a_damaged_form_never_panics() {
    let bytes = VISIT.1.as_bytes();
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % bound as u64).unwrap()
    };
    for length in (0..bytes.len()).step_by(211) {
        let _ = crate::compile_with(&bytes[..length], "t.xml", &files());
    }
    for _ in 0..300 {
        let mut damaged = bytes.to_vec();
        for _ in 0..=next(4) {
            let (from, to, length) = (next(bytes.len() - 40), next(bytes.len() - 40), next(40));
            damaged.copy_within(from..from + length, to);
        }
        if let Ok(compiled) = crate::compile_with(&damaged, "t.xml", &files()) {
            let _ = Instance::new(Arc::new(compiled.form), context());
        }
    }
}

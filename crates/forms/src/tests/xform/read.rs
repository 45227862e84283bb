use super::*;

/// The only problem of a form that is refused.
fn refused(instance: &str, model: &str, body: &str) -> Problem {
    match read(&xform(instance, model, body)) {
        Ok(_) => panic!("the form loads: {model} {body}"),
        Err(problems) => {
            assert_eq!(problems.len(), 1, "{problems:#?}");
            problems.into_iter().next().unwrap()
        }
    }
}

#[test]
fn what_would_change_a_form_is_an_error_with_line_and_did_you_mean() {
    let a = r#"<input ref="/data/a"><label>A</label></input>"#;
    let bind = |attributes: &str| format!(r#"<bind nodeset="/data/a" {attributes}/>"#);
    for (model, body, code, part) in [
        (
            bind(r#"type="strng""#),
            a,
            "type_unknown",
            "Did you mean 'string'?",
        ),
        (
            bind(r#"relevent="1""#),
            a,
            "attribute_unknown",
            "Did you mean 'relevant'?",
        ),
        (
            bind(r#"relevant="/data/aa = 1""#),
            a,
            "reference_unknown",
            "Did you mean 'a'?",
        ),
        (
            bind(r#"jr:preload="timestmp""#),
            "",
            "preload_unknown",
            "Did you mean 'timestamp'?",
        ),
        (
            bind(r#"jr:constraintMsg="jr:itext('x')""#),
            a,
            "itext_unknown",
            "no text 'x'",
        ),
        (
            r#"<bind nodeset="/data/aa"/>"#.to_owned(),
            a,
            "path_unknown",
            "Did you mean '/data/a'?",
        ),
        (
            r#"<bind nodeset="/data/a[1]"/>"#.to_owned(),
            a,
            "path_invalid",
            "no plain path",
        ),
        (bind("") + &bind(""), a, "bind_twice", "two binds"),
        (
            r#"<setvalue ref="/data/a" event="odk-instance-frst-load" value="1"/>"#.to_owned(),
            a,
            "action_event",
            "Did you mean 'odk-instance-first-load'?",
        ),
        (
            String::new(),
            r#"<inptu ref="/data/a"/>"#,
            "element_unknown",
            "Did you mean 'input'?",
        ),
        (
            String::new(),
            r#"<input ref="/data/aa"/>"#,
            "path_unknown",
            "Did you mean '/data/a'?",
        ),
        (
            String::new(),
            r#"<input ref="/data/a"><label ref="jr:itext('y')"/></input>"#,
            "itext_unknown",
            "no text 'y'",
        ),
        (
            String::new(),
            r#"<input ref="/data/a"/><input ref="/data/a"/>"#,
            "control_twice",
            "asked twice",
        ),
        (
            String::new(),
            r#"<select1 ref="/data/a"><label>A</label></select1>"#,
            "choices_missing",
            "no choices",
        ),
        (
            String::new(),
            r#"<select1 ref="/data/a"><itemset nodeset="instance('l')/root/item"><value ref="name"/><label ref="label"/></itemset></select1>"#,
            "list_unknown",
            "no instance 'l'",
        ),
        (
            String::new(),
            r#"<range ref="/data/a" start="1" end="x" step="1"/>"#,
            "parameters",
            "'end'",
        ),
        (
            r#"<submission base64RsaPublicKey="x"/>"#.to_owned(),
            a,
            "encryption",
            "not supported",
        ),
        (
            r#"<instance id="p" src="jr://audio/x.mp3"/>"#.to_owned(),
            a,
            "instance_source",
            "jr://file/NAME",
        ),
    ] {
        let problem = refused("<a/>", &model, body);
        assert_eq!(problem.code, code, "{problem}");
        assert!(problem.message.contains(part), "{problem}");
        assert_eq!(problem.sheet.as_deref(), Some("xml"));
        let line = problem.row.unwrap();
        let expected = if body.contains(part) || code.starts_with("control") {
            7
        } else {
            line
        };
        assert!((5..=7).contains(&line) && line == expected, "{problem}");
    }
    let twice = refused(
        "<a/><a/>",
        "",
        r#"<input ref="/data/a"><label>A</label></input>"#,
    );
    assert_eq!(twice.code, "node_twice");
}

#[test]
fn attributes_of_other_programs_are_kept_with_a_warning() {
    let xml = xform(
        "<a/>",
        r#"<bind nodeset="/data/a" x:colour="red"/>"#,
        r#"<input ref="/data/a" x:size="2"><label>A</label></input><x:panel/>"#,
    );
    let warnings = read(&xml).unwrap().warnings;
    let codes: Vec<_> = warnings
        .iter()
        .map(|w| (w.code, w.column.clone()))
        .collect();
    for (code, column) in [
        ("attribute_without_effect", Some("x:colour")),
        ("attribute_without_effect", Some("x:size")),
        ("xml_ignored", None),
    ] {
        let wanted = (code, column.map(str::to_owned));
        assert!(codes.contains(&wanted), "{codes:?}");
    }
}

#[test]
fn refs_may_be_relative_and_binds_may_be_named() {
    let mut open = opened(&xform(
        "<g><a/><b/></g>",
        r#"<bind id="first" nodeset="/data/g/a" type="int"/><bind nodeset="g/b" relevant="../a &gt; 1"/>"#,
        r#"<group ref="/data/g"><label>G</label><input bind="first"><label>A</label></input><input ref="b"><label>B</label></input></group>"#,
    ));
    assert!(!open.relevant("b"));
    open.refuse("a", "x");
    open.give("a", "2");
    assert!(open.relevant("b"));
}

#[test]
fn choices_may_stand_in_the_control_and_their_texts_in_itext() {
    let mut open = opened(&xform(
        "<a>x</a><b/>",
        r#"<itext><translation lang="Bahasa (id)" default="true()"><text id="ya"><value>Ya <output value="/data/b"/></value><value form="image">jr://images/ya.png</value></text></translation></itext>
<bind nodeset="/data/a" type="select1"/>"#,
        r#"<select1 ref="/data/a"><label>A</label><item><label ref="jr:itext('ya')"/><value>x</value></item><item><label>No</label><value>y</value></item></select1><input ref="/data/b"><label>B</label></input>"#,
    ));
    assert_eq!(open.value("a"), "x");
    open.give("b", "!");
    let choices = open.choices(&at("a"), "id");
    assert_eq!(
        (choices[0].label.as_str(), choices[1].label.as_str()),
        ("Ya !", "No")
    );
    assert_eq!(choices[0].media.image, "ya.png");
    open.refuse("a", "z");
}

#[test]
fn the_order_of_the_body_is_the_order_of_the_questions() {
    let compiled = read(&xform(
        "<a/><sum/><b/>",
        r#"<bind nodeset="/data/sum" type="int" calculate="1 + 1"/>"#,
        r#"<input ref="/data/b"><label>B</label></input><input ref="/data/a"><label>A</label></input>"#,
    ))
    .unwrap();
    let names: Vec<_> = compiled
        .form
        .root()
        .children
        .iter()
        .map(|item| match item {
            crate::Item::Question(q) => q.name.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["b", "a", "sum"]);
}

#[test]
fn repeats_are_counted_from_a_path_or_have_a_fixed_number() {
    let counted = xform(
        "<n>2</n><g><r><x/></r></g>",
        r#"<bind nodeset="/data/n" type="int"/>"#,
        r#"<input ref="/data/n"><label>N</label></input><group ref="/data/g"><group ref="/data/g/r"><label>R</label><repeat nodeset="/data/g/r" jr:count="../../n"><input ref="/data/g/r/x"><label>X</label></input></repeat></group></group>"#,
    );
    let mut open = opened(&counted);
    assert_eq!(open.instances("r").len(), 2);
    open.give("n", "3");
    assert_eq!(open.instances("r").len(), 3);
    let fixed = xform(
        "<r><x/></r><r><x/></r>",
        "",
        r#"<group ref="/data/r"><label>R</label><repeat nodeset="/data/r" jr:noAddRemove="true()"><input ref="/data/r/x"><label>X</label></input></repeat></group>"#,
    );
    assert_eq!(opened(&fixed).instances("r").len(), 2);
    let several = refused(
        "<r><x/></r><r><x/></r>",
        "",
        r#"<group ref="/data/r"><label>R</label><repeat nodeset="/data/r"><input ref="/data/r/x"><label>X</label></input></repeat></group>"#,
    );
    assert_eq!(several.code, "repeat_instances");
}

#[test]
fn actions_set_expressions_and_plain_texts() {
    let mut open = opened(&xform(
        "<a>1</a><b/><c/><d/>",
        r#"<setvalue ref="/data/b" event="odk-instance-first-load" value="/data/a + 1"/>
<setvalue ref="/data/c" event="odk-instance-first-load">/data/a + 1</setvalue>"#,
        r#"<input ref="/data/a"><label>A</label><setvalue ref="/data/d" event="xforms-value-changed">it's "set"</setvalue></input><input ref="/data/b"><label>B</label></input><input ref="/data/c"><label>C</label></input>"#,
    ));
    assert_eq!(
        (open.value("b"), open.value("c")),
        ("2".to_owned(), "/data/a + 1".to_owned())
    );
    assert_eq!(open.value("d"), "");
    open.give("a", "5");
    assert_eq!(open.value("d"), "it's \"set\"");
    assert_eq!(open.value("b"), "2");
}

#[test]
fn a_select_with_a_query_takes_the_rows_of_its_list() {
    let xml = xform(
        "<state/><city/>",
        "",
        r#"<input ref="/data/state"><label>S</label></input><input ref="/data/city" query="instance('city')/root/item[state= /data/state ]"><label>C</label></input>"#,
    );
    let mut files = crate::Files::new();
    let csv = "list_name,name,label,state\ncity,a,A,1\ncity,b,B,2\nstreet,c,C,1\n";
    files.insert("itemsets.csv", csv.as_bytes().to_vec());
    let form = crate::compile_with(xml.as_bytes(), "t.xml", &files)
        .unwrap()
        .form;
    let mut open = Instance::new(Arc::new(form), context());
    open.give("state", "1");
    let labels: Vec<_> = open
        .choices(&at("city"), "")
        .into_iter()
        .map(|c| c.label)
        .collect();
    assert_eq!(labels, ["A"]);
}

#[test]
fn columns_of_value_and_label_are_those_that_the_itemset_names() {
    let xml = xform(
        "<a/>",
        r#"<instance id="l"><rows><row><code>1</code><title>One</title></row><row><code>2</code><title>Two</title></row></rows></instance>"#,
        r#"<select ref="/data/a"><label>A</label><itemset nodeset="instance('l')/rows/row[code &gt; 1]"><value ref="code"/><label ref="title"/></itemset></select>"#,
    );
    let open = opened(&xml);
    let choices = open.choices(&at("a"), "");
    assert_eq!(choices.len(), 1);
    assert_eq!(
        (choices[0].value.as_str(), choices[0].label.as_str()),
        ("2", "Two")
    );
    let wrong = xml.replace("<value ref=\"code\"/>", "<value ref=\"coed\"/>");
    let problems = read(&wrong).unwrap_err();
    assert!(
        problems[0].message.contains("Did you mean 'code'?"),
        "{problems:?}"
    );
}

#[test]
fn a_dollar_sign_in_a_text_is_a_dollar_sign() {
    let open = opened(&xform(
        "<a/>",
        "",
        r#"<input ref="/data/a"><label>Pay ${a}, “yes”?</label></input>"#,
    ));
    assert_eq!(open.label(&at("a"), ""), "Pay ${a}, “yes”?");
}

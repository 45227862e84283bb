//! What the fuzz targets share: what is done with whatever they make of their bytes.

pub mod network;

use chrono::{DateTime, NaiveDate};
use lawang_domain::{FieldPath, InstanceId};
use lawang_forms::{Context, Files, Form, Instance, check_with, compile_with, to_xform};
use std::sync::Arc;

/// Answers that questions of every type are given.
const ANSWERS: [&str; 16] = [
    "1",
    "-1",
    "0.5",
    "999999999999999",
    "yes",
    "a b",
    "2026-11-25",
    "2024-02-30",
    "2026-11-25T09:00:00.000+07:00",
    "09:30",
    "-5.4 105.2 0 5",
    "-5.4 105.2 0 5; -5.5 105.3 0 5; -5.4 105.2 0 5",
    "‘é“😀",
    "'",
    "NaN",
    "",
];

/// Most questions that are answered; what a form has beyond them is like them.
const MOST: usize = 60;

/// Panics end the run, except those of the libraries that read Excel's files: the reader of the
/// project catches them and says that the file is damaged.
pub fn ignore_panics_of_readers() {
    ignore_panics_in(&[
        "/calamine-",
        "/zip-",
        "/quick-xml-",
        "/flate2-",
        "/miniz_oxide-",
        "/encoding_rs-",
    ]);
}

fn ignore_panics_in(libraries: &'static [&'static str]) {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let file = info
            .location()
            .map(|l| l.file().replace('\\', "/"))
            .unwrap_or_default();
        if !libraries.iter().any(|library| file.contains(library)) {
            abort(info);
        }
    }));
}

/// Checks a questionnaire; if it can be used, fills it in.
pub fn check_and_fill(bytes: &[u8], name: &str, files: &Files) {
    let report = check_with(bytes, name, files);
    let compiled = compile_with(bytes, name, files);
    assert_eq!(report.ok, compiled.is_ok(), "check and compile disagree");
    assert!(
        report.ok || !report.errors.is_empty(),
        "refused without a reason"
    );
    let written = to_xform(bytes, name, files);
    assert!(
        report.ok || written.is_err(),
        "a form that cannot be used was passed on"
    );
    if let Ok(compiled) = compiled {
        fill(Arc::new(compiled.form), &ANSWERS);
    }
}

/// Files beside the questionnaire, for questions and functions that read them.
pub fn files() -> Files {
    let mut files = Files::new();
    let table = "name,label,k,parent\n1,One,a,\n2,Two,b,1\n3,\"T,hree\",,1\n";
    for name in ["l.csv", "m.csv", "place.csv", "yes_no.csv", "itemsets.csv"] {
        files.insert(name, table.as_bytes().to_vec());
    }
    let xml =
        "<root><item><name>1</name><label>One</label></item><item><name>2</name></item></root>";
    files.insert("l.xml", xml.as_bytes().to_vec());
    let points = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":"1","geometry":{"type":"Point","coordinates":[105.2,-5.4]},"properties":{"name":"One"}}]}"#;
    files.insert("l.geojson", points.as_bytes().to_vec());
    files
}

/// The context of every run: a fixed day, a fixed seed.
pub fn context() -> Context {
    Context {
        today: NaiveDate::from_ymd_opt(2026, 11, 25).expect("a day"),
        now: DateTime::parse_from_rfc3339("2026-11-25T09:00:00+07:00").expect("a moment"),
        username: "Siti".to_owned(),
        device_id: "tablet-7".to_owned(),
        random: 42,
        properties: Default::default(),
        last_saved: Default::default(),
    }
}

/// Adds and removes instances, gives answers, and asks for everything that a screen asks for.
pub fn fill(form: Arc<Form>, answers: &[&str]) {
    let mut instance = Instance::new(form.clone(), context());
    let repeats: Vec<String> = form.repeats().into_iter().map(str::to_owned).collect();
    let mut id = 0;
    for repeat in repeats.iter().take(8) {
        let around = instance.instances(&parent(&form, repeat));
        for parent in around.iter().map(|p| Some(*p)).chain([None]).take(3) {
            for _ in 0..2 {
                id += 1;
                instance.add_repeat(repeat, parent, InstanceId(uuid::Uuid::from_u128(id)));
            }
        }
    }
    let paths = all_paths(&instance);
    for (number, path) in paths.iter().enumerate() {
        if let Some(answer) = answers.get(number % answers.len().max(1)) {
            let _ = instance.set(path, answer);
        }
        if let Some(choice) = instance.choices(path, "en").first() {
            let _ = instance.set(path, &choice.value.clone());
        }
    }
    for path in &paths {
        let state = instance.node(path);
        assert!(state.is_some(), "{path} is gone");
        let _ = (
            instance.label(path, "id"),
            instance.hint(path, ""),
            instance.value_to_text(path, "en"),
        );
    }
    let found = instance.findings("id");
    // What was computed step by step is what is computed at once.
    let mut anew = Instance::new(form.clone(), context());
    let stored = instance.answers();
    anew.load(stored.clone());
    let _ = (
        found,
        anew.findings("en"),
        anew.calculated(),
        anew.instance_name(),
    );
    if let Some(first) = repeats
        .first()
        .and_then(|r| instance.instances(r).first().copied())
    {
        instance.remove_repeat(first);
    }
    instance.finish(context().now);
    let _ = instance.findings("en");
}

/// Name of the repeat around a repeat, or nothing that is a repeat.
fn parent(form: &Form, repeat: &str) -> String {
    fn look(items: &[lawang_forms::Item], around: &str, wanted: &str) -> Option<String> {
        items.iter().find_map(|item| match item {
            lawang_forms::Item::Group(group) => look(&group.children, around, wanted),
            lawang_forms::Item::Repeat(repeat) if repeat.name == wanted => Some(around.to_owned()),
            lawang_forms::Item::Repeat(repeat) => look(&repeat.children, &repeat.name, wanted),
            lawang_forms::Item::Question(_) => None,
        })
    }
    look(&form.root().children, "", repeat).unwrap_or_default()
}

fn all_paths(instance: &Instance) -> Vec<FieldPath> {
    fn walk(
        items: &[lawang_forms::Item],
        repeat: Option<&str>,
        instance: &Instance,
        out: &mut Vec<FieldPath>,
    ) {
        for item in items {
            if out.len() >= MOST {
                return;
            }
            match item {
                lawang_forms::Item::Group(group) => walk(&group.children, repeat, instance, out),
                lawang_forms::Item::Repeat(inner) => {
                    walk(&inner.children, Some(&inner.name), instance, out);
                }
                lawang_forms::Item::Question(question) => match repeat {
                    None => out.push(FieldPath::household(question.name.clone())),
                    Some(repeat) => out.extend(
                        instance
                            .instances(repeat)
                            .into_iter()
                            .take(4)
                            .map(|id| FieldPath::of(repeat, id, question.name.clone())),
                    ),
                },
            }
        }
    }
    let mut out = Vec::new();
    walk(&instance.form().root().children, None, instance, &mut out);
    out
}

/// A cell of a CSV.
pub fn csv_cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Panics end the run, except those inside automerge: `lawang-records` catches them, and refuses the
/// change or the snapshot.
pub fn ignore_panics_of_automerge() {
    ignore_panics_in(&["/automerge-", "/hexane-"]);
}

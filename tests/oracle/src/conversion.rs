//! `cargo xtask oracle --conversion`: the XForms that are written, part by part with pyxform's and through
//! ODK Validate; and pyxform's XForms read here, which must behave as the questionnaires do.

use crate::generate::Used;
use crate::invent;
use crate::rng::Rng;
use crate::run::{Wishes, context};
use crate::scripts::Scripter;
use crate::shape::Shape;
use crate::sources;
use crate::tools::Tools;
use lawang_forms::script::{Session, States, run};
use lawang_forms::{Files, Form, compile_with, to_xform};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Scripts of each form.
const SCRIPTS: usize = 5;

/// A questionnaire, and where pyxform's XForm of it goes.
struct Pair {
    name: String,
    form: PathBuf,
    theirs: PathBuf,
}

/// Compares writing and reading; `false` if there is anything to look at.
///
/// # Errors
/// If a tool or a file is missing.
pub fn everything(wishes: &Wishes) -> Result<bool, String> {
    let tools = Tools::prepare(&wishes.folder)?;
    let sources = sources::all(wishes, &tools.public(), &mut Used::default())?;
    let mut forms: Vec<(String, PathBuf)> = sources.into_iter().map(|s| (s.name, s.path)).collect();
    if let Some(folder) = &wishes.more {
        let more = invent::questionnaires(folder).map_err(|e| e.to_string())?;
        forms.extend(more.into_iter().map(|path| (name_of(&path), path)));
    }
    let folder = wishes.folder.join("conversion");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let mut pairs = Vec::new();
    let mut list = Vec::new();
    for (number, (name, form)) in forms.into_iter().enumerate() {
        let bytes = fs::read(&form).map_err(|e| format!("{}: {e}", form.display()))?;
        let made = invent::with_files(&form, &bytes, &name_of(&form), |files| {
            to_xform(&bytes, &name_of(&form), files)
        });
        let (ending, text) = match made {
            Ok((xml, _)) => ("xml", xml),
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                ("err", lines.join("\n"))
            }
        };
        let ours = folder.join(format!("{number}-ours.{ending}"));
        let theirs = folder.join(format!("{number}-theirs.xml"));
        fs::write(&ours, text).map_err(|e| e.to_string())?;
        list.push(json!({"name": name, "form": form, "ours": ours, "theirs": theirs}));
        pairs.push(Pair { name, form, theirs });
    }
    let list_file = folder.join("pairs.json");
    fs::write(&list_file, json!(list).to_string()).map_err(|e| e.to_string())?;
    let status = tools
        .comparison()
        .arg(&list_file)
        .arg("--validate")
        .status()
        .map_err(|e| e.to_string())?;
    Ok(read_all(wishes, &pairs) && status.success())
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// pyxform's XForms, read here.
fn read_all(wishes: &Wishes, pairs: &[Pair]) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for pair in pairs {
        let (Ok(bytes), Ok(xml)) = (fs::read(&pair.form), fs::read(&pair.theirs)) else {
            continue;
        };
        let name = name_of(&pair.form);
        let made = invent::with_files(&pair.form, &bytes, &name, |files| {
            compile_with(&bytes, &name, files)
        });
        let Ok((form, mut files)) = made.map(|(c, files)| (Arc::new(c.form), files)) else {
            continue;
        };
        add_beside(&pair.form, &mut files);
        let count = match compile_with(&xml, &name, &files) {
            Err(problems) => Err(format!(
                "pyxform's XForm is refused: {}",
                problems
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default()
            )),
            Ok(other) => same(wishes, &pair.name, &form, &Arc::new(other.form)),
        };
        match count {
            Ok((steps, nodes)) => {
                *counts.entry("forms").or_default() += 1;
                *counts.entry("steps").or_default() += steps;
                *counts.entry("nodes").or_default() += nodes;
            }
            Err(finding) => findings.push(format!("{}: {finding}", pair.name)),
        }
    }
    println!(
        "\npyxform's XForms read here: {counts:?}, {} findings",
        findings.len()
    );
    let unexplained: Vec<&String> = findings
        .iter()
        .filter(|f| !EXPLAINED.iter().any(|(part, _)| f.contains(part)))
        .collect();
    for (part, reason) in EXPLAINED {
        let number = findings.iter().filter(|f| f.contains(part)).count();
        if number > 0 {
            println!("explained {number}: {reason}");
        }
    }
    for finding in &unexplained {
        println!("  {finding}");
    }
    unexplained.is_empty()
}

/// Findings that are meant: a part of their text, and why.
const EXPLAINED: [(&str, &str); 4] = [
    (
        "itemsets.csv",
        "a select from external_choices needs the file itemsets.csv in pyxform's XForm",
    ),
    (
        "test_empty_group__no_question_control",
        "an XForm does not tell a calculated text from a calculation, which is read-only",
    ),
    (
        "test_calculate_without_calculation_with_dynamic_default",
        "an XForm does not tell a calculation that is only a default from a hidden question",
    ),
    (
        "test_select_type_with_calculation_and_no_label_has_no_control",
        "a select without a control is a text in an XForm: any value will do",
    ),
];

fn add_beside(form: &Path, files: &mut Files) {
    if let Ok(bytes) = fs::read(form.with_file_name("itemsets.csv")) {
        files.insert("itemsets.csv", bytes);
    }
}

/// Steps and nodes compared, or the first difference.
fn same(
    wishes: &Wishes,
    name: &str,
    a: &Arc<Form>,
    b: &Arc<Form>,
) -> Result<(usize, usize), String> {
    let context = context();
    let (mut steps_seen, mut nodes) = (0, 0);
    for number in 0..=SCRIPTS {
        let mut rng = Rng::new(wishes.seed, &format!("{name} conversion {number}"));
        let shape = Shape::of(a);
        let mut scripter = Scripter {
            rng: &mut rng,
            shape: &shape,
            codes: BTreeMap::new(),
        };
        let mut session = Session::new(a.clone(), context.clone());
        let mut steps = Vec::new();
        for _ in 0..number * 4 {
            let Some(step) = scripter.step(&session, &session.states()) else {
                break;
            };
            if session.step(&step).is_err() {
                break;
            }
            steps.push(step);
        }
        let states = |form: &Arc<Form>| -> Result<Vec<States>, String> {
            run(form.clone(), context.clone(), &steps).map_err(|e| e.to_string())
        };
        for (step, (x, y)) in states(a)?.iter().zip(&states(b)?).enumerate() {
            steps_seen += 1;
            nodes += x.len();
            // Nodes that XLSForm's short cuts stand for are there in the XForm only.
            let made = |key: &&String| {
                let last = key.rsplit('/').next().unwrap_or_default();
                last.starts_with("generated_table_list_label_")
                    || last.starts_with("reserved_name_for_field_list_labels_")
                    || last.ends_with("_count") && !x.contains_key(*key)
            };
            for key in x.keys().chain(y.keys()).filter(|k| !made(k)) {
                if x.get(key) != y.get(key) {
                    return Err(format!(
                        "step {step} {key}: {:?}, in the XForm {:?}",
                        x.get(key),
                        y.get(key)
                    ));
                }
            }
        }
    }
    Ok((steps_seen, nodes))
}

use super::*;
use crate::docs::reference;
use std::path::Path;

#[test]
fn the_reference_in_docs_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/forms.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, reference()).unwrap();
    }
    let (there, wanted) = (std::fs::read_to_string(file).unwrap(), reference());
    let other = there.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    assert_eq!(other, None, "set UPDATE_DOCS=1 to write it anew");
    assert_eq!(there.len(), wanted.len(), "set UPDATE_DOCS=1");
}

/// The questionnaire of the project; the times are printed, not judged.
#[test]
fn the_household_visit_loads_without_a_problem() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../schema/questionnaires/household_visit.xlsx");
    let bytes = std::fs::read(&file).unwrap();
    let start = std::time::Instant::now();
    let compiled =
        compile(&bytes, "household_visit.xlsx").unwrap_or_else(|problems| panic!("{problems:#?}"));
    println!(
        "load: {:?}, {} warnings",
        start.elapsed(),
        compiled.warnings.len()
    );
    for warning in &compiled.warnings {
        println!("warning: {warning}");
    }
    let mut instance = Instance::new(Arc::new(compiled.form), context());
    instance.give("household_status", "1");
    instance.give("enumeration_result", "1");
    for n in 0..6 {
        instance.add_repeat("members", None, id(n));
    }
    let start = std::time::Instant::now();
    let changed = instance.give("members 3 birth_date", "1990-05-17");
    println!(
        "one answer: {:?}, {} values and {} states",
        start.elapsed(),
        changed.values.len(),
        changed.states.len()
    );
    assert_eq!(instance.value("members 3 age"), "36");
    assert_eq!(instance.value("members 2 age"), "");
    let start = std::time::Instant::now();
    instance.recompute();
    println!("everything: {:?}", start.elapsed());
    assert_eq!(instance.form().id(), "household_visit");
}

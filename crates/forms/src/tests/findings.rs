//! What fuzzing found, kept. Files in `tests/findings` are read as they are; short ones stand here.

use super::*;
use crate::check;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest that any of them may take, in an unoptimised build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn what_was_found_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings");
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let start = Instant::now();
        let report = check(&bytes, "finding");
        if let Ok(compiled) = compile(&bytes, "finding") {
            let instance = Instance::new(Arc::new(compiled.form), context());
            let _ = instance.findings("id");
        }
        assert!(report.ok || !report.errors.is_empty(), "{}", path.display());
        assert!(start.elapsed() < LONGEST, "{} took {:?}", path.display(), start.elapsed());
        found += 1;
    }
    assert!(found > 0, "the findings are not there");
}

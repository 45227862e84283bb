//! Where the time of one change goes: the steps that need the document, each alone, on the documents of the day.

use crate::machine::core_time;
use lawang_app::Device;
use lawang_domain::HouseholdId;
use lawang_records::{Record, inspect};

/// Each document is used so often: the kernel counts a thread's time in steps of milliseconds.
const OFTEN: usize = 25;

/// Microseconds of a core that something takes.
fn each(of: usize, mut work: impl FnMut(usize) -> Result<(), String>) -> Result<f64, String> {
    let begun = core_time();
    for n in 0..of * OFTEN {
        work(n % of.max(1))?;
    }
    Ok(core_time().saturating_sub(begun) as f64 / 1e3 / (of * OFTEN).max(1) as f64)
}

/// Prints the steps for the newest change of each household.
pub fn print(device: &Device, households: &[HouseholdId]) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| e.to_string();
    let mut all = Vec::new();
    for household in households {
        let (row, _) = device.store().row(*household).map_err(|e| failed(&e))?;
        let mut before = Record::genesis(&row).map_err(|e| failed(&e))?;
        let mut changes: Vec<Vec<u8>> = device
            .store()
            .changes(*household)
            .map_err(|e| failed(&e))?
            .into_iter()
            .map(|change| change.body)
            .collect();
        let Some(newest) = changes.pop() else {
            continue;
        };
        for change in &changes {
            before.apply(change).map_err(|e| failed(&e))?;
        }
        all.push((row, before.save(), before, newest));
    }
    let bytes: usize = all.iter().map(|(_, doc, ..)| doc.len()).sum();
    println!(
        "            one change in steps, {} B of document:",
        bytes / all.len().max(1)
    );
    let say = |what: &str, us: f64| println!("            {what:44} {us:>9.0} us");
    let n = all.len();
    say(
        "first change made of the row",
        each(n, |i| {
            Record::genesis(&all[i].0)
                .map(|_| ())
                .map_err(|e| failed(&e))
        })?,
    );
    say(
        "document loaded",
        each(n, |i| {
            Record::load(&all[i].1).map(|_| ()).map_err(|e| failed(&e))
        })?,
    );
    say(
        "change parsed, checksum",
        each(n, |i| {
            inspect(&all[i].3).map(|_| ()).map_err(|e| format!("{e:?}"))
        })?,
    );
    say(
        "every operation resolved",
        each(n, |i| {
            let touches = all[i].2.touches(&all[i].3);
            touches.map(|_| ()).map_err(|e| format!("{e:?}"))
        })?,
    );
    say(
        "loaded and applied on a scratch copy",
        each(n, |i| {
            let (_, doc, _, change) = &all[i];
            let mut record = Record::load(doc).map_err(|e| failed(&e))?;
            record.apply(change).map(|_| ()).map_err(|e| failed(&e))
        })?,
    );
    for (_, _, record, change) in &mut all {
        record.apply(change).map_err(|e| failed(&e))?;
    }
    let after: Vec<Record> = all.into_iter().map(|(_, _, record, _)| record).collect();
    say(
        "state read",
        each(n, |i| after[i].state().map(|_| ()).map_err(|e| failed(&e)))?,
    );
    say(
        "document saved",
        each(n, |i| {
            std::hint::black_box(after[i].save());
            Ok(())
        })?,
    );
    Ok(())
}

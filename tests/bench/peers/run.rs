//! The steps, the same for everybody.

use crate::{
    Wishes,
    input::{Input, Visit, bare},
    peer::{Look, Peer, Way},
    proxy::{Carried, Proxy},
    table::{Fate, Measured, Table},
};
use std::time::{Duration, Instant};

/// A connection breaks after so many thousand bytes in one direction.
pub const CUTS: &[u64] = &[300, 100, 30, 10, 3];
/// The first download over a good link that those over bad ones are compared with.
pub const LATER_DOWNLOAD: &str = "later download, over a good link";
/// Rounds of exchanges after which nothing more is to come.
const ROUNDS: usize = 3;

struct Run<'a> {
    peer: &'a mut dyn Peer,
    proxy: &'a Proxy,
    limit: Duration,
    input: Input,
}

/// All steps of one peer.
///
/// # Errors
/// In words: the peer could not go on.
pub fn all(
    peer: &mut dyn Peer,
    input: Input,
    proxy: &Proxy,
    wishes: &Wishes,
    table: &mut Table,
) -> Result<(), String> {
    proxy.lead_to(peer.server()?);
    let name = peer.name();
    let mut run = Run {
        peer,
        proxy,
        limit: wishes.limit,
        input,
    };
    let mut note = |step: &str, measured: Measured| table.add(name, step, measured);
    run.peer.device_new("a")?;
    run.peer.device_new("b")?;
    let mut first = run.measure(&[("a", Way::Down)])?;
    first.bare = zstd::bulk::compress(&run.input.part.bare(), 19).map_or(0, |b| b.len());
    first.fate = run.complete("a")?;
    note("first download, 2,000 households", first);
    run.exchange("b", Way::Down)?;
    for device in ["a", "b"] {
        run.exchange(device, Way::Both)?;
    }
    let idle = run.measure(&[("a", Way::Both)])?;
    note("nothing changed", idle);
    for count in [10, 200] {
        let edits = run.input.one_field(count);
        note(
            &format!("{count} one-field edits, sent"),
            run.sent(&edits, "a")?,
        );
    }
    let edits = run.input.one_field(200);
    run.edit("a", &edits)?;
    run.exchange("a", Way::Up)?;
    let fetched = run.measure(&[("b", Way::Down)])?;
    let fate = run.fate(&[&edits])?;
    note(
        "200 one-field edits of another device, fetched",
        Measured {
            fate,
            edits: 200,
            ..fetched
        },
    );
    let revisits = run.input.revisits(200);
    note("200 revisits of 21 fields, sent", run.sent(&revisits, "a")?);
    for (same, step) in [
        (true, "the same field of 50 households, by two devices"),
        (false, "different fields of 50 households, by two devices"),
    ] {
        let (mine, theirs) = run.input.together(same);
        run.edit("a", &mine)?;
        run.edit("b", &theirs)?;
        let mut measured = run.measure(&[("a", Way::Both), ("b", Way::Both), ("a", Way::Both)])?;
        measured.edits = mine.len() + theirs.len();
        measured.fate = run.fate(&[&mine, &theirs])?;
        note(step, measured);
    }
    // Enough that the answer to the batch is the one that is swallowed, and not one to a question before it.
    let edits = run.input.one_field(200);
    run.edit("a", &edits)?;
    run.proxy.swallow(match name {
        "PouchDB" => 40_000,
        _ => 1_000,
    });
    let mut again = run.measure(&[("a", Way::Up)])?;
    again.swallowed = Some(run.proxy.swallowed());
    again.edits = edits.len();
    again.fate = run.fate(&[&edits])?;
    note("200 one-field edits, the answer lost once", again);
    if wishes.no_cuts {
        return Ok(());
    }
    // The register as it is now: with all that was changed since.
    run.peer.device_new("c")?;
    let whole = run.measure(&[("c", Way::Down)])?;
    note(LATER_DOWNLOAD, whole);
    let mut given_up = false;
    for kilobytes in CUTS {
        let step = format!("later download, cut every {kilobytes} KB");
        if given_up {
            note(&step, Measured::not_tried());
            continue;
        }
        let device = format!("c{kilobytes}");
        run.peer.device_new(&device)?;
        run.proxy.cut_after(kilobytes * 1_000);
        let mut measured = run.measure(&[(&device, Way::Down)])?;
        run.proxy.cut_after(0);
        given_up = !measured.finished;
        if measured.finished {
            measured.fate = run.complete(&device)?;
        }
        note(&step, measured);
    }
    given_up = false;
    for kilobytes in CUTS {
        let step = format!("200 revisits, cut every {kilobytes} KB");
        if given_up {
            note(&step, Measured::not_tried());
            continue;
        }
        let edits = run.input.revisits(200);
        run.edit("a", &edits)?;
        run.proxy.cut_after(kilobytes * 1_000);
        let mut measured = run.measure(&[("a", Way::Up)])?;
        run.proxy.cut_after(0);
        measured.bare = bare(&edits);
        given_up = !measured.finished;
        measured.edits = edits.iter().map(Vec::len).sum();
        measured.fate = run.fate(&[&edits])?;
        note(&step, measured);
    }
    Ok(())
}

impl Run<'_> {
    fn edit(&mut self, device: &str, visits: &[Visit]) -> Result<(), String> {
        let pauses: Vec<i64> = visits.iter().map(|_| self.input.pause()).collect();
        self.peer.edit(device, visits, &pauses)
    }

    /// An exchange over a good link that nobody counts, with much patience.
    fn exchange(&mut self, device: &str, way: Way) -> Result<(), String> {
        let done = self.peer.sync(device, way, Duration::from_secs(300))?;
        self.peer.waited();
        if done {
            Ok(())
        } else {
            Err(format!(
                "{} did not finish over a good link in 5 minutes: {}",
                self.peer.name(),
                self.peer.why()
            ))
        }
    }

    fn measure(&mut self, exchanges: &[(&str, Way)]) -> Result<Measured, String> {
        self.proxy.reset();
        let begun = Instant::now();
        let mut finished = true;
        let mut waited = 0.0;
        let mut why = String::new();
        for (device, way) in exchanges {
            let done = self.peer.sync(device, *way, self.limit)?;
            if !done {
                why = format!("not finished in {} s", self.limit.as_secs());
                let more = self.peer.why();
                if !more.is_empty() {
                    why = format!("{why}: {more}");
                }
            }
            finished &= done;
            waited += self.peer.waited();
        }
        let seconds = begun.elapsed().as_secs_f64() - waited;
        // What was given up may still be on its way.
        if !finished {
            std::thread::sleep(Duration::from_millis(500));
        }
        let carried: Carried = self.proxy.carried();
        Ok(Measured {
            finished,
            why,
            seconds,
            carried,
            ..Measured::default()
        })
    }

    /// Edits made and sent by a device.
    fn sent(&mut self, visits: &[Visit], device: &str) -> Result<Measured, String> {
        self.edit(device, visits)?;
        let mut measured = self.measure(&[(device, Way::Up)])?;
        measured.breakdown = self.peer.breakdown(device);
        measured.bare = bare(visits);
        measured.edits = visits.iter().map(Vec::len).sum();
        measured.fate = self.fate(&[visits])?;
        Ok(measured)
    }

    /// Whether a device has the whole register.
    fn complete(&mut self, device: &str) -> Result<Fate, String> {
        let there = self.peer.households(device)?;
        Ok(Fate {
            lost: self.input.part.households.len().abs_diff(there),
            hidden: 0,
        })
    }

    /// What became of edits, once nothing more is to come: each must be shown or listed on both devices.
    fn fate(&mut self, made: &[&[Visit]]) -> Result<Fate, String> {
        for _ in 0..ROUNDS {
            for device in ["a", "b"] {
                self.exchange(device, Way::Settle)?;
            }
        }
        let mut fate = Fate::default();
        for visits in made {
            let looks = [self.peer.look("a", visits)?, self.peer.look("b", visits)?];
            for (at, edit) in visits.iter().flatten().enumerate() {
                let on = |found: fn(&Look, &str) -> bool| {
                    looks
                        .iter()
                        .all(|all| all.get(at).is_some_and(|look| found(look, &edit.value)))
                };
                if on(|look, value| look.shown == value || look.listed.iter().any(|v| v == value)) {
                    continue;
                }
                if on(|look, value| look.shown == value || look.buried.iter().any(|v| v == value)) {
                    fate.hidden += 1;
                } else {
                    fate.lost += 1;
                }
            }
        }
        Ok(fate)
    }
}

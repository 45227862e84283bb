//! First download of 2,000 households: time against a static file with the same bytes over the same
//! loopback, bytes against zstd-19 of the bare JSON.

use crate::{Line, data, median, ms, time};
use lawang_app::{CancelToken, Device, HttpTransport, exchange};
use lawang_sync::{Client, Envelope, Request, Stage, Step, decode};
use lawang_tests::world::FakeEnvironment;
use std::{fs::File, io::Write, sync::Mutex, time::Duration};

const HOUSEHOLDS: usize = 2_000;

/// The machine until the last page is on the device's disk; unpacking into tables comes after.
fn until_on_disk(device: &mut Device, transport: &mut HttpTransport) -> u64 {
    use lawang_app::Transport;
    let mut client = Client::new();
    let mut down = 0;
    loop {
        match client.next(device).expect("a step") {
            Step::Done(_) => return down,
            Step::Send { bytes, .. } if asks_for_changes(&bytes) => return down,
            Step::Send { bytes, .. } => {
                let answer = transport.call(&bytes).expect("an answer");
                if client.stage() == Stage::Receiving {
                    down += answer.len() as u64;
                }
                client.answer(device, Ok(answer)).expect("taken");
            }
        }
    }
}

/// All rows are on disk when the machine goes on to changes.
fn asks_for_changes(message: &[u8]) -> bool {
    matches!(
        decode::<Envelope>(message),
        Some(Envelope {
            request: Request::Pull(_),
            ..
        })
    )
}

pub fn run() -> Vec<Line> {
    let part = data::part(HOUSEHOLDS);
    let (villages, households) = (&part.villages, part.households.len());
    let dir = tempfile::tempdir().expect("a folder");
    let bare_bytes = zstd::bulk::compress(&part.bare(), 19)
        .expect("compressed")
        .len();
    let running = data::serve(&dir.path().join("server"), &part.prelist, Vec::new());
    let mut lines = Vec::new();
    let (mut disk, mut whole, mut file) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes = 0;
    for n in 0..6u8 {
        let home = dir.path().join(format!("device{n}"));
        let mut device = data::enrolled(&running, &home, villages, n + 1);
        let mut transport =
            HttpTransport::new(device.identity(), None, None, FakeEnvironment::new(1))
                .expect("a transport");
        let (took, down) = time(|| until_on_disk(&mut device, &mut transport));
        bytes = down;
        if n == 0 {
            // The first device makes the server build its pages; the others find them built.
            std::fs::write(
                dir.path().join("server/static/file"),
                vec![0x5a; usize::try_from(down).unwrap_or(0)],
            )
            .expect("a file");
            eprintln!(
                "  ({households} households; first device, pages being built: {})",
                ms(took)
            );
            continue;
        }
        disk.push(took);
        let device = Mutex::new(device);
        let (rest, report) = time(|| {
            exchange(&device, &mut transport, &CancelToken::default(), |_, _| ())
                .expect("an exchange")
        });
        assert!(report.agreed, "both sides agree");
        whole.push(took + rest);
        let client = reqwest::blocking::Client::new();
        let url = format!("{}/static", running.address);
        let target = dir.path().join("copy");
        let (took, _) = time(|| {
            let body = client
                .get(&url)
                .send()
                .expect("an answer")
                .bytes()
                .expect("bytes");
            let mut out = File::create(&target).expect("a file");
            out.write_all(&body).expect("written");
            out.sync_all().expect("durable");
        });
        file.push(took);
    }
    let file = median(file);
    let mut push = |what: &str, ours: Duration, limit: Option<f64>| {
        lines.push(Line {
            what: what.into(),
            ours: ms(ours),
            baseline: ms(file),
            ratio: ours.as_secs_f64() / file.as_secs_f64(),
            limit,
        });
    };
    push(
        "first download, until durable here / static file",
        median(disk),
        Some(4.0),
    );
    push(
        "first download, until searchable and agreed / static file",
        median(whole),
        None,
    );
    lines.push(Line {
        what: "first download, bytes / zstd-19 of the bare JSON".into(),
        ours: format!("{bytes} B"),
        baseline: format!("{bare_bytes} B"),
        ratio: bytes as f64 / bare_bytes as f64,
        limit: Some(1.3),
    });
    lines.iter().for_each(Line::print);
    lines
}

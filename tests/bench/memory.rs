//! Memory of the device's core and of the server, each in a process of its own, against a process that
//! does nothing.

use crate::{Line, data};
use lawang_app::views::WorklistQuery;
use lawang_sample::Size;
use lawang_server::{Options, Server};
use std::{fs, path::Path, process::Command};

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

/// Carries out one measurement when this process was started for it.
pub fn child(args: &[String]) -> bool {
    match args {
        [word, kind] if word == "--child" && kind == "empty" => println!("{}", resident()),
        [word, kind, dir] if word == "--child" && kind == "device" => {
            let mut device = data::device(Path::new(dir), data::nobody());
            let rows = device
                .worklist(&WorklistQuery {
                    limit: 200,
                    ..WorklistQuery::default()
                })
                .expect("a worklist")
                .rows;
            for row in rows.iter().take(20) {
                let id = row.id.parse().expect("an id");
                device.household(id).expect("a household");
                device.visit_view(id, None).expect("a visit");
                device.close_visit(id).expect("closed");
            }
            println!("{}", resident());
        }
        [word, kind, dir] if word == "--child" && kind == "server" => {
            let server = Server::open(Path::new(dir), &Options::default()).expect("a server");
            let mut count = 0;
            server
                .households(None, false, &mut |_| {
                    count += 1;
                    Ok(())
                })
                .expect("households");
            assert!(count > 0);
            println!("{}", resident());
        }
        _ => return false,
    }
    true
}

fn measure(args: &[&str]) -> u64 {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .arg("--child")
        .args(args)
        .output()
        .expect("a child");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .expect("a number")
}

pub fn run() -> Vec<Line> {
    let dir = tempfile::tempdir().expect("a folder");
    let (device, server) = (dir.path().join("device"), dir.path().join("server"));
    let prelist = data::prelist(Size::Village);
    let running = data::serve(&server, &prelist, Vec::new());
    let village = data::read(&prelist)
        .households()
        .next()
        .expect("a household")
        .village;
    {
        let device = std::sync::Mutex::new(data::enrolled(&running, &device, &[village], 9));
        let identity = device.lock().expect("a device").identity().clone();
        let environment = lawang_tests::world::FakeEnvironment::new(1);
        let mut transport = lawang_app::HttpTransport::new(&identity, None, None, environment)
            .expect("a transport");
        lawang_app::exchange(
            &device,
            &mut transport,
            &lawang_app::CancelToken::default(),
            |_, _| (),
        )
        .expect("filled");
    }
    let empty = measure(&["empty"]);
    let path = |p: &Path| p.to_string_lossy().into_owned();
    let mut lines = Vec::new();
    for (what, used) in [
        (
            "memory of the device's core, village of 700, 20 visits / idle",
            measure(&["device", &path(&device)]),
        ),
        (
            "memory of the server, village of 700, all listed / idle",
            measure(&["server", &path(&server)]),
        ),
    ] {
        lines.push(Line {
            what: what.into(),
            ours: format!("{} MB", used / 1024),
            baseline: format!("{} MB", empty / 1024),
            ratio: used as f64 / empty as f64,
            limit: None,
        });
    }
    lines.iter().for_each(Line::print);
    lines
}

//! Evidence of a removal with the real program: a photo and a letter go from one desk to another one, and are erased.

use crate::{district, text};
use lawang_tests::{picture::png, prelist::VILLAGE, processes::*};
use std::fs;

#[test]
fn a_photo_and_a_letter_given_on_the_command_line_are_saved_at_another_desk_until_they_are_erased()
{
    let dir = tempfile::tempdir().expect("a folder");
    let server = district(dir.path(), 2);
    let data = dir.path().join("server");
    let data = text(&data);
    let desks: Vec<String> = ["sri", "tono"]
        .iter()
        .map(|name| {
            let made = json(&[
                "admin",
                "enrol",
                "--name",
                name,
                "--role",
                "village_verifier",
                "--villages",
                VILLAGE,
                "--data",
                data,
                "--json",
            ]);
            let device = text(&dir.path().join(name)).to_owned();
            let code = made["code"].as_str().expect("a code");
            json(&[
                "device",
                "--data",
                &device,
                "enrol",
                "--server",
                &server.url,
                "--code",
                code,
                "--json",
            ]);
            json(&["device", "--data", &device, "sync", "--json"]);
            device
        })
        .collect();
    let rows = json(&["device", "--data", &desks[0], "households", "--json"]);
    let household = rows[0]["id"].as_str().expect("an id");
    let shown = json(&[
        "device", "--data", &desks[0], "compare", household, "--json",
    ]);
    let seen = shown["seen"].as_str().expect("a text");
    let file = |name: &str, body: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, body).expect("written");
        text(&path).to_owned()
    };
    let letter = b"%PDF-1.7\n%%EOF\n";
    let (page, photo) = (
        file("page.html", b"<html>"),
        file("rumah.png", &png(8, 8, &[9; 8 * 8 * 3])),
    );
    let letter_file = file("surat.pdf", letter);
    let propose = |files: &[&str]| {
        let mut args = vec![
            "device",
            "--data",
            &desks[0],
            "propose-removal",
            household,
            "--seen",
            seen,
            "--reason",
            "well_off",
            "--note",
            "dua mobil",
        ];
        for file in files {
            args.extend(["--evidence", file]);
        }
        args.push("--json");
        args.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let refusal = |files: &[&str]| {
        let args = propose(files);
        refused(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(refusal(&[&page]), "not_evidence");
    assert_eq!(refusal(&["nowhere.pdf"]), "cannot_read");
    let args = propose(&[&photo, &letter_file]);
    json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let out = dir.path().join("out");
    let save = [
        "device",
        "--data",
        &desks[1],
        "evidence",
        household,
        "--out",
        text(&out),
        "--json",
    ];
    assert_eq!(refused(&save), "no_removal");
    for desk in &desks {
        json(&["device", "--data", desk, "sync", "--json"]);
    }
    let saved = json(&save);
    let saved = saved["files"].as_array().expect("a list");
    let bodies: Vec<Vec<u8>> = saved
        .iter()
        .map(|path| fs::read(path.as_str().expect("a path")).expect("read"))
        .collect();
    assert!(bodies[0].starts_with(b"\x89PNG") && bodies[1] == letter);
    let erased = json(&[
        "admin",
        "erase",
        "--household",
        household,
        "--reason",
        "request 4",
        "--data",
        data,
        "--json",
    ]);
    assert_eq!(erased["photos"], 2);
    json(&["device", "--data", &desks[1], "sync", "--json"]);
    assert_eq!(refused(&save), "no_removal");
}

//! What registers outside say: imported, matched, dated, told to those who verify, and gone with those who are erased.

mod elsewhere;
mod files;
mod matching;
mod telling;

use crate::common::*;
use lawang_domain::{
    AddressResult, AidProgramme, CivilFlag, FindingResult, InstanceId, MatchedBy, Role,
};
use lawang_server::{EraseTarget, FindingLine, FindingsReport, Server, ServerError};
use lawang_sync::{
    FindingsOffer, FindingsPackage, FindingsPart, FindingsRequest, Glance, Request, Response,
};
use std::io::Cursor;

const OCTOBER: &str = "2026-10-01";
const NOVEMBER: &str = "2026-11-01";

fn day(text: &str) -> Option<chrono::NaiveDate> {
    Some(text.parse().unwrap())
}

pub fn dukcapil(server: &Server, text: &str, dated: &str) -> FindingsReport {
    try_dukcapil(server, text, dated).unwrap()
}

fn try_dukcapil(server: &Server, text: &str, dated: &str) -> Result<FindingsReport, ServerError> {
    let file = Cursor::new(text.as_bytes().to_vec());
    server.import_dukcapil(file, day(dated), NOW, &mut |_, _, _| {})
}

fn pkh(server: &Server, text: &str, dated: &str) -> FindingsReport {
    let programme = AidProgramme::named("pkh").unwrap();
    let file = Cursor::new(text.as_bytes().to_vec());
    server
        .import_programme(file, programme, day(dated), NOW, None, &mut |_, _, _| {})
        .unwrap()
}

/// Four persons in two families, one elsewhere.
fn register(server: &Server) {
    let person = |id: &'static str, nik, name, birth, sex| {
        vec![
            ("nik", nik),
            ("name", name),
            ("birth_date", birth),
            ("sex", sex),
            ("mother_maiden_name", "Ponirah"),
            ("rt", "003"),
            ("rw", "001"),
            ("address", "Dusun Sukarame II"),
            (
                "no_kk",
                if id < "P3" {
                    "1809010101209001"
                } else {
                    "1809010101209002"
                },
            ),
            ("relation_to_head", if id == "P2" { "2" } else { "1" }),
        ]
    };
    let rows = [
        (
            "R1",
            HERE,
            "P1",
            person("P1", "1809011708809001", "Budi Santoso", "1980-08-17", "1"),
        ),
        (
            "R1",
            HERE,
            "P2",
            person("P2", "1809015708839002", "Siti Aminah", "1983-08-17", "2"),
        ),
        (
            "R2",
            HERE,
            "P3",
            person("P3", "1809011202759003", "Agus Wijaya", "1975-02-12", "1"),
        ),
        (
            "R2",
            HERE,
            "P4",
            person("P4", "12", "Dewi Lestari", "1999-01-05", "2"),
        ),
        (
            "R3",
            THERE,
            "P5",
            person("P5", "1809020303909005", "Joko Susilo", "1990-03-03", "1"),
        ),
    ];
    let rows: Vec<Person<'_>> = rows
        .iter()
        .map(|(home, village, id, cells)| (*home, *village, *id, cells.as_slice()))
        .collect();
    let report = import(server, &prelist(&rows));
    assert_eq!(
        (report.imported, report.refused.len()),
        (3, 0),
        "{:?}",
        report.refused
    );
}

const EXTRACT: &str = "nik,no_kk,name,sex,birth_date,mother_maiden_name,address,rt,rw,village_code,status
1809011708809001,1809010101209001,BUDI SANTOSO,1,1980-08-17,PONIRAH,DUSUN SUKARAME II,003,001,18.09.01.2001,alive
1809015708839002,1809010101209001,SITI AMINA,2,1983-08-17,PONIRAH,DUSUN SUKARAME II,004,001,18.09.01.2001,deceased
1809011202759013,1809010101209002,AGUS WIJAYA,1,1975-02-12,PONIRAH,DUSUN SUKARAME II,003,001,18.09.01.2001,alive
";

fn of(server: &Server, person: &str, source: &str) -> FindingLine {
    let all = server.findings(codes(&[HERE])[0]).unwrap();
    let member = InstanceId::from_person(person);
    let found = all
        .iter()
        .find(|line| line.member == member && line.source == source);
    found.unwrap_or_else(|| panic!("{person}: {all:?}")).clone()
}

//! Small questionnaires for tests, as CSV workbooks.

use lawang_server::{Server, admin::Published};
use std::collections::BTreeMap;

/// A workbook: lines of the sheet `survey` (type, name, label, required, constraint), lines of `choices`
/// (list, name, label).
pub fn workbook(id: &str, version: &str, survey: &[&str], choices: &[&str]) -> Vec<u8> {
    let mut out = "survey,,,,,\n,type,name,label,required,constraint\n".to_owned();
    for line in survey {
        out += &format!(",{line}\n");
    }
    if !choices.is_empty() {
        out += "choices,,,\n,list_name,name,label\n";
        for line in choices {
            out += &format!(",{line}\n");
        }
    }
    out += &format!(
        "settings,,,,\n,form_id,version,form_title,instance_name\n,{id},{version},Judul {id},\n"
    );
    out.into_bytes()
}

/// Publishes a workbook.
pub fn publish(server: &Server, bytes: &[u8], files: &[(&str, Vec<u8>)]) -> Published {
    let files: BTreeMap<String, Vec<u8>> = files
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.clone()))
        .collect();
    server
        .publish_form("form.csv", bytes, &files, crate::world::NOW)
        .unwrap_or_else(|e| panic!("{e}"))
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A household visit of another version: whether the family has water, and what is given.
pub fn visit(version: &str, more: &[&str], choices: &[&str]) -> Vec<u8> {
    let mut survey = vec!["text,water,Air,yes,"];
    survey.extend(more);
    workbook("household_visit", version, &survey, choices)
}

/// A survey of a village's needs.
pub fn needs(version: &str) -> Vec<u8> {
    workbook(
        "village_needs",
        version,
        &[
            "text,leader,Nama ketua,yes,",
            "integer,families,Jumlah keluarga,,. > 0",
            "begin_repeat,needs,Kebutuhan,,",
            "text,what,Apa,yes,",
            "end_repeat,,,,",
        ],
        &[],
    )
}

/// A survey that makes trees and changes those that are there.
pub fn trees(version: &str) -> Vec<u8> {
    format!(
        "| survey |
         | | type | name | label | save_to |
         | | select_one_from_file trees.csv | tree | Pohon | |
         | | integer | height | Tinggi | height |
         | | text | note | Catatan | note |
         | entities |
         | | list_name | label | entity_id | create_if | update_if |
         | | trees | concat('Pohon ', ${{height}}) | ${{tree}} | ${{tree}} = '' | ${{tree}} != '' |
         | settings |
         | | form_id | version |
         | | trees | {version} |"
    )
    .into_bytes()
}

/// A household visit with the questions that the simulation answers.
pub fn simulated(version: &str) -> Vec<u8> {
    workbook(
        "household_visit",
        version,
        &[
            "text,rt,RT,,",
            "select_one floors,floor_material,Lantai,,",
            "text,address,Alamat,,",
            "select_one yes,asset_car,Mobil,,",
            "select_one yes,is_well_off,Mampu,,",
            "begin_repeat,members,Anggota,,",
            "text,name,Nama,,",
            "end_repeat,,,,",
        ],
        &[
            "floors,1,Marmer",
            "floors,2,Keramik",
            "floors,6,Semen",
            "floors,8,Tanah",
            "yes,1,Ya",
            "yes,2,Tidak",
        ],
    )
}

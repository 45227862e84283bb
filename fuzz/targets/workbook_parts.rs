//! The XML inside an .xlsx: bytes split at `%%` become its parts, packed without compression, so that
//! what is changed arrives at the reader behind the zip's checksums.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// Parts of a workbook, in the order in which they stand in the bytes. The last ones follow from the
/// first ones if they are not there.
const PARTS: [&str; 8] = [
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/worksheets/sheet2.xml",
    "xl/worksheets/sheet3.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "[Content_Types].xml",
];

const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="rId1"/><sheet name="choices" sheetId="2" r:id="rId2"/><sheet name="settings" sheetId="3" r:id="rId3"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet3.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;

fuzz_target!(init: lawang_fuzz::ignore_panics_of_readers(), |bytes: &[u8]| {
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|w| w == b"%%") {
        parts.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    parts.push(rest);
    let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    packed.start_file("_rels/.rels", plain).expect("a part");
    packed.write_all(ROOT.as_bytes()).expect("memory");
    for (number, name) in PARTS.iter().enumerate() {
        let part = match (parts.get(number), *name) {
            (Some(part), _) if !part.is_empty() => part,
            (_, "xl/workbook.xml") => WORKBOOK.as_bytes(),
            (_, "xl/_rels/workbook.xml.rels") => RELATIONS.as_bytes(),
            _ => continue,
        };
        packed.start_file(*name, plain).expect("a part");
        packed.write_all(part).expect("memory");
    }
    let file = packed.finish().expect("memory").into_inner();
    lawang_fuzz::check_and_fill(&file, "fuzz.xlsx", &lawang_fuzz::files());
});

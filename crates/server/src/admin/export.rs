//! One line a member, with the household's columns before it, as the register's own extracts have them.

use crate::{
    error::{Result, ServerError},
    projection::{MEMBERS, Projection},
    server::Server,
};
use lawang_domain::{VillageCode, mask_number};
use rust_xlsxwriter::{Workbook, XlsxError};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    io::{BufWriter, Seek, Write},
};

/// The file's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// UTF-8 with a BOM, so that Excel reads it right.
    Csv,
    /// A workbook with one sheet; a second one beyond Excel's 1,048,576 lines.
    Xlsx,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Different households.
    pub households: usize,
    /// Lines under the header.
    pub rows: usize,
}

/// Lines on a sheet, the header among them.
const SHEET_LINES: u32 = 1_048_576;
/// Numbers that are masked unless revealed.
const SENSITIVE: &[&str] = &["nik", "no_kk", "no_kk_member"];

struct Columns {
    household: Vec<String>,
    member: Vec<String>,
}

/// Columns before the answers.
const FIXED: &[&str] = &["household", "village_code", "state", "conflicts", "flags"];

impl Columns {
    fn header(&self) -> Vec<String> {
        let fixed = FIXED.iter().map(|c| (*c).to_owned());
        let household = self.household.iter().cloned();
        let member = self.member.iter().map(|key| format!("member_{key}"));
        fixed
            .chain(household)
            .chain(["member".to_owned()])
            .chain(member)
            .collect()
    }
}

/// Most keys are known already: no copy is made of those.
fn note(keys: &mut BTreeSet<String>, key: &str) {
    if !keys.contains(key) {
        keys.insert(key.to_owned());
    }
}

pub(crate) fn cell(key: &str, value: &str, reveal: bool) -> String {
    if !reveal && SENSITIVE.contains(&key) {
        mask_number(value)
    } else {
        value.to_owned()
    }
}

/// A cell that a spreadsheet would run as a formula is text.
pub(crate) fn harmless(value: String) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) && value.parse::<f64>().is_err() {
        format!("'{value}")
    } else {
        value
    }
}

fn xlsx(error: &XlsxError) -> ServerError {
    ServerError::refused("export_failed", error.to_string())
}

impl Server {
    /// Writes the households of a village (all without one). Reads them one at a time.
    pub fn export(
        &self,
        format: ExportFormat,
        village: Option<VillageCode>,
        reveal: bool,
        out: impl Write + Seek + Send,
    ) -> Result<ExportReport> {
        let columns = self.columns(village)?;
        let mut report = ExportReport::default();
        match format {
            ExportFormat::Csv => {
                let mut out = BufWriter::new(out);
                out.write_all("\u{feff}".as_bytes())?;
                let mut csv = csv::Writer::from_writer(out);
                let io = |e: csv::Error| ServerError::File(e.into());
                csv.write_record(columns.header()).map_err(io)?;
                self.lines(village, reveal, &columns, &mut report, &mut |line| {
                    csv.write_record(line.into_iter().map(harmless)).map_err(io)
                })?;
                csv.flush()?;
            }
            ExportFormat::Xlsx => {
                let mut book = Workbook::new();
                let header = columns.header();
                let (mut sheets, mut at) = (0, 0);
                self.lines(village, reveal, &columns, &mut report, &mut |line| {
                    if sheets == 0 || at == SHEET_LINES {
                        book.add_worksheet_with_constant_memory()
                            .map_err(|e| xlsx(&e))?;
                        sheets += 1;
                        at = 0;
                    }
                    let sheet = book
                        .worksheet_from_index(sheets - 1)
                        .map_err(|e| xlsx(&e))?;
                    if at == 0 {
                        for (column, name) in (0u16..).zip(&header) {
                            sheet.write_string(0, column, name).map_err(|e| xlsx(&e))?;
                        }
                        at = 1;
                    }
                    for (column, value) in (0u16..).zip(line) {
                        if !value.is_empty() {
                            sheet
                                .write_string(at, column, value)
                                .map_err(|e| xlsx(&e))?;
                        }
                    }
                    at += 1;
                    Ok(())
                })?;
                book.save_to_writer(out).map_err(|e| xlsx(&e))?;
            }
        }
        Ok(report)
    }

    /// First pass: which answers occur.
    fn columns(&self, village: Option<VillageCode>) -> Result<Columns> {
        let mut household = BTreeSet::new();
        let mut member = BTreeSet::new();
        self.each_household(village, &mut |stored| {
            if stored.restricted {
                return Ok(());
            }
            for path in stored.projection()?.fields.keys() {
                let mut parts = path.split('/');
                match (parts.next(), parts.next(), parts.next()) {
                    (Some(key), None, None) if !key.starts_with('_') && key != "village_code" => {
                        note(&mut household, key);
                    }
                    (Some(MEMBERS), Some(_), Some(key)) if !key.starts_with('_') => {
                        note(&mut member, key);
                    }
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(Columns {
            household: household.into_iter().collect(),
            member: member.into_iter().collect(),
        })
    }

    fn lines(
        &self,
        village: Option<VillageCode>,
        reveal: bool,
        columns: &Columns,
        report: &mut ExportReport,
        write: &mut dyn FnMut(Vec<String>) -> Result<()>,
    ) -> Result<()> {
        let restricted = self.restricted_persons()?;
        self.each_household(village, &mut |stored| {
            // What is restricted on request is in no export, nor in what is made of exports.
            if stored.restricted {
                return Ok(());
            }
            let view: Projection = stored.projection()?;
            let flags: Vec<String> = stored
                .flags()
                .into_iter()
                .map(|f| format!("{} {}", f.code, f.field))
                .collect();
            let conflicts: Vec<&str> = view.conflicts.iter().map(String::as_str).collect();
            let mut start = vec![
                stored.id.to_string(),
                stored.village.clone(),
                stored.visit_state.clone(),
                conflicts.join(" "),
                flags.join("; "),
            ];
            start.extend(
                columns
                    .household
                    .iter()
                    .map(|key| cell(key, view.answer(key), reveal)),
            );
            report.households += 1;
            let mut members = view.present(MEMBERS);
            members.retain(|id| !restricted.contains(id));
            for id in &members {
                let mut line = start.clone();
                line.push(id.to_string());
                line.extend(
                    columns
                        .member
                        .iter()
                        .map(|key| cell(key, view.field(MEMBERS, *id, key), reveal)),
                );
                report.rows += 1;
                write(line)?;
            }
            if members.is_empty() {
                // A household without members is still a household.
                start.resize(start.len() + 1 + columns.member.len(), String::new());
                report.rows += 1;
                write(start)?;
            }
            Ok(())
        })
    }
}

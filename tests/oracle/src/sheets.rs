//! An XLSForm in memory, written as a workbook or as a Markdown table.

use rust_xlsxwriter::Workbook;

/// A row: headings and cells.
pub type Row = Vec<(String, String)>;

/// The sheets of a questionnaire.
#[derive(Debug, Clone, Default)]
pub struct Sheets {
    /// One row a question.
    pub survey: Vec<Row>,
    /// One row a choice.
    pub choices: Vec<Row>,
    /// One row.
    pub settings: Vec<Row>,
    /// At most one row.
    pub entities: Vec<Row>,
    /// Files beside it: name and content.
    pub files: Vec<(String, String)>,
}

impl Sheets {
    fn all(&self) -> [(&'static str, &Vec<Row>); 4] {
        [
            ("survey", &self.survey),
            ("choices", &self.choices),
            ("settings", &self.settings),
            ("entities", &self.entities),
        ]
    }

    /// As .xlsx.
    ///
    /// # Errors
    /// If a cell is longer than a workbook allows.
    pub fn xlsx(&self) -> Result<Vec<u8>, String> {
        let mut book = Workbook::new();
        for (name, rows) in self.all() {
            if rows.is_empty() {
                continue;
            }
            let sheet = book.add_worksheet();
            sheet.set_name(name).map_err(|e| e.to_string())?;
            let headings = headings(rows);
            for (column, heading) in headings.iter().enumerate() {
                sheet
                    .write_string(0, column as u16, heading)
                    .map_err(|e| e.to_string())?;
            }
            for (number, row) in rows.iter().enumerate() {
                for (heading, cell) in row {
                    let column = headings.iter().position(|h| h == heading).unwrap_or(0);
                    sheet
                        .write_string(number as u32 + 1, column as u16, cell)
                        .map_err(|e| e.to_string())?;
                }
            }
        }
        book.save_to_buffer().map_err(|e| e.to_string())
    }

    /// As a Markdown table; `None` if a cell cannot stand in one.
    pub fn markdown(&self) -> Option<String> {
        let mut out = String::new();
        for (name, rows) in self.all() {
            if rows.is_empty() {
                continue;
            }
            out += &format!("| {name} |\n");
            let headings = headings(rows);
            out += &format!("| | {} |\n", headings.join(" | "));
            for row in rows {
                let cells: Vec<&str> = headings
                    .iter()
                    .map(|h| {
                        row.iter()
                            .find(|(name, _)| name == h)
                            .map_or("", |(_, c)| c)
                    })
                    .collect();
                if cells.iter().any(|c| c.contains(['|', '\n', '\\'])) {
                    return None;
                }
                out += &format!("| | {} |\n", cells.join(" | "));
            }
        }
        Some(out)
    }
}

/// Headings in the order in which rows name them.
fn headings(rows: &[Row]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (heading, _) in rows.iter().flatten() {
        if !all.contains(heading) {
            all.push(heading.clone());
        }
    }
    all
}

//! CSV and XML.

use super::{Refusal, Table};

/// A CSV file with headings; `,`, `;` or a tab between the cells, whichever the heading has most of.
pub(super) fn csv(file: &str, bytes: &[u8]) -> Result<Table, Refusal> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let heading = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |sign: &u8| heading.iter().filter(|b| *b == sign).count();
    let sign = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(count)
        .unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(sign)
        .flexible(true)
        .from_reader(bytes);
    let wrong = |e: &::csv::Error| {
        let line = e.position().map_or(0, ::csv::Position::line);
        (
            "file_unreadable",
            format!("'{file}' cannot be read as CSV in UTF-8, line {line}."),
        )
    };
    let columns: Vec<String> = reader
        .headers()
        .map_err(|e| wrong(&e))?
        .iter()
        .map(|c| c.trim().to_owned())
        .collect();
    if columns.iter().all(String::is_empty) {
        return Err((
            "file_empty",
            format!("'{file}' has no headings in its first line."),
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(&e))?;
        let mut row: Vec<String> = record
            .iter()
            .take(columns.len())
            .map(|c| c.trim().to_owned())
            .collect();
        row.resize(columns.len(), String::new());
        if row.iter().any(|c| !c.is_empty()) {
            rows.push(row);
        }
    }
    Ok(Table::new(columns, rows))
}

/// An XML file of rows: an outer element, in it elements of one name, in each the columns.
pub(super) fn xml(file: &str, bytes: &[u8]) -> Result<Table, Refusal> {
    let wrong =
        |line: u32, what: &str| ("file_unreadable", format!("'{file}', line {line}: {what}."));
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(1, "this is not UTF-8"))?;
    let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}'))
        .map_err(|e| wrong(e.pos().row, "this is not well-formed XML"))?;
    let line = |node: roxmltree::Node<'_, '_>| document.text_pos_at(node.range().start).row;
    let root = document.root_element();
    let mut table = Table::new(Vec::new(), Vec::new());
    table.root = root.tag_name().name().to_owned();
    let mut item: Option<&str> = None;
    for element in root.children().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        if *item.get_or_insert(name) != name {
            return Err(wrong(
                line(element),
                &format!(
                    "rows must all have one name, here are '{}' and '{name}'",
                    item.unwrap_or_default()
                ),
            ));
        }
        let mut row = vec![String::new(); table.columns.len()];
        for cell in element.children().filter(roxmltree::Node::is_element) {
            if cell.children().any(|c| c.is_element()) {
                return Err(wrong(
                    line(cell),
                    "a column must hold text, not other elements",
                ));
            }
            let name = cell.tag_name().name();
            let at = table.columns.iter().position(|c| c == name);
            let at = at.unwrap_or_else(|| {
                table.columns.push(name.to_owned());
                row.push(String::new());
                table.columns.len() - 1
            });
            row[at] = cell.text().unwrap_or_default().trim().to_owned();
        }
        table.rows.push(row);
    }
    table.item = item.unwrap_or("item").to_owned();
    let width = table.columns.len();
    for row in &mut table.rows {
        row.resize(width, String::new());
    }
    Ok(table)
}

//! Any CSV file as persons: which columns make which field.

use crate::{
    persons::{Persons, SchemaError},
    schema::{Field, FieldKind},
};

/// Which columns of a file make which fields: `name=given_name+surname,birth_date=date_of_birth`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnMap {
    fields: Vec<(Field, Vec<String>)>,
    /// Fields with a name that has no meaning of its own and that are compared as text.
    pub as_text: Vec<String>,
}

/// Why a file or a map of columns is refused; never holds a value of the file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableError {
    /// A part of the map that is not `field=column`.
    #[error("{0:?} is not of the form field=column or field=column+column")]
    NotAPair(String),
    /// The same field twice.
    #[error("the field {0:?} is given twice")]
    Twice(String),
    /// The fields cannot be compared.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A column that the file lacks.
    #[error("{file} has no column {column:?}; it has {there}")]
    NoColumn {
        /// The file.
        file: String,
        /// What was asked for.
        column: String,
        /// The header.
        there: String,
    },
    /// No header.
    #[error("{0} is empty: a first line with the names of the columns is needed")]
    Empty(String),
    /// A header and nothing else.
    #[error("{0} has no rows below the names of the columns")]
    NoRows(String),
    /// Bytes that are no UTF-8.
    #[error("{file}, line {line}: this is not UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// A row with more or fewer cells than the header.
    #[error("{file}, line {line}: {cells} cells, but the header has {columns}")]
    Ragged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Cells of the row.
        cells: u64,
        /// Columns of the header.
        columns: u64,
    },
    /// Anything else that the reader stumbles over.
    #[error("{file}: {message}")]
    Csv {
        /// The file.
        file: String,
        /// What the reader says.
        message: String,
    },
}

impl TableError {
    /// Stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPair(_) => "columns_not_understood",
            Self::Twice(_) => "field_given_twice",
            Self::Schema(_) => "too_many_fields",
            Self::NoColumn { .. } => "unknown_column",
            Self::Empty(_) => "empty_file",
            Self::NoRows(_) => "no_rows",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Ragged { .. } => "ragged_row",
            Self::Csv { .. } => "not_csv",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAPair(_) | Self::Twice(_) => format!(
                "Example: --columns name=given_name+surname,birth_date=date_of_birth. Fields: {}",
                FieldKind::NAMES
            ),
            Self::Schema(_) => "Join columns with +, such as address=street+suburb.".to_owned(),
            Self::NoColumn { .. } => "Name columns as the first line of the file does.".to_owned(),
            Self::Empty(_) | Self::NoRows(_) => "Choose another file.".to_owned(),
            Self::NotUtf8 { .. } => {
                "Save the file as \"CSV UTF-8\", or convert it with iconv -t UTF-8.".to_owned()
            }
            Self::Ragged { .. } => {
                "Look for a separator inside a cell: such a cell stands in quotation marks."
                    .to_owned()
            }
            Self::Csv { .. } => "Save the file as CSV with commas or semicolons.".to_owned(),
        }
    }
}

impl ColumnMap {
    /// Reads `field=column+column,field=column`. The field's name says how it is compared ([`FieldKind::of`]); a name
    /// that says nothing is compared as text.
    ///
    /// # Errors
    /// A part that cannot be read, a field twice.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut fields: Vec<(Field, Vec<String>)> = Vec::new();
        let mut as_text = Vec::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let wrong = || TableError::NotAPair(part.to_owned());
            let (name, columns) = part.split_once('=').ok_or_else(wrong)?;
            let (name, columns) = (name.trim(), columns.split('+').map(str::trim));
            let columns: Vec<String> = columns.map(str::to_owned).collect();
            if name.is_empty() || columns.iter().any(String::is_empty) {
                return Err(wrong());
            }
            if fields.iter().any(|(field, _)| field.name == name) {
                return Err(TableError::Twice(name.to_owned()));
            }
            let kind = FieldKind::of(name).unwrap_or_else(|| {
                as_text.push(name.to_owned());
                FieldKind::Text
            });
            fields.push((Field::new(name, kind), columns));
        }
        let map = Self { fields, as_text };
        Persons::new(map.fields(), 2000)?;
        Ok(map)
    }

    /// The fields, in order.
    pub fn fields(&self) -> Vec<Field> {
        self.fields.iter().map(|(field, _)| field.clone()).collect()
    }

    /// True when a column is read as a number that must not be shown.
    pub fn is_secret(&self, column: &str) -> bool {
        self.fields.iter().any(|(field, columns)| {
            matches!(field.kind, FieldKind::Nik | FieldKind::FamilyCard)
                && columns.iter().any(|c| c == column)
        })
    }
}

/// What a file brought besides the persons.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rows {
    /// Name of the first column, which holds the ids.
    pub id_column: String,
    /// Id of each row.
    pub ids: Vec<String>,
}

/// Adds all rows of a CSV file to `persons`, which was made of `map.fields()`. Commas, semicolons and tabs are
/// understood, and a mark of byte order is skipped.
///
/// # Errors
/// What is wrong, with file and line; `name` is the file's name in the messages.
pub fn read(
    name: &str,
    bytes: &[u8],
    map: &ColumnMap,
    persons: &mut Persons,
) -> Result<Rows, TableError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first.iter().filter(|b| **b == separator).count();
    let separator = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|s| count(*s))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .from_reader(bytes);
    let failed = |error: csv::Error| refusal(name, error);
    let header = reader.headers().map_err(failed)?.clone();
    if header.iter().all(|cell| cell.trim().is_empty()) {
        return Err(TableError::Empty(name.to_owned()));
    }
    let place = |column: &String| {
        header
            .iter()
            .position(|cell| cell.trim() == column)
            .ok_or_else(|| TableError::NoColumn {
                file: name.to_owned(),
                column: column.clone(),
                // A file without a header begins with a person.
                there: lawang_domain::mask_long_numbers(
                    &header.iter().collect::<Vec<_>>().join(", "),
                ),
            })
    };
    let mut places: Vec<Vec<usize>> = Vec::new();
    for (_, columns) in &map.fields {
        places.push(columns.iter().map(place).collect::<Result<_, _>>()?);
    }
    let mut ids = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut values: Vec<String> = vec![String::new(); places.len()];
    while reader.read_record(&mut record).map_err(failed)? {
        for (value, columns) in values.iter_mut().zip(&places) {
            value.clear();
            for column in columns {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(record.get(*column).unwrap_or_default());
            }
        }
        let borrowed: Vec<&str> = values.iter().map(String::as_str).collect();
        persons.push(&borrowed);
        ids.push(record.get(0).unwrap_or_default().to_owned());
    }
    if ids.is_empty() {
        return Err(TableError::NoRows(name.to_owned()));
    }
    Ok(Rows {
        id_column: header.get(0).unwrap_or_default().trim().to_owned(),
        ids,
    })
}

fn refusal(name: &str, error: csv::Error) -> TableError {
    let file = name.to_owned();
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => TableError::NotUtf8 { file, line },
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => TableError::Ragged {
            file,
            line,
            cells: *len,
            columns: *expected_len,
        },
        _ => TableError::Csv {
            file,
            message: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(map: &str, bytes: &[u8]) -> Result<(Persons, Rows), TableError> {
        let map = ColumnMap::parse(map)?;
        let mut persons = Persons::new(map.fields(), 2026)?;
        let rows = read("a.csv", bytes, &map, &mut persons)?;
        Ok((persons, rows))
    }

    #[test]
    fn columns_are_joined_and_the_first_one_holds_the_ids() {
        let bytes = "\u{feff}rec;given;sur\nr1;Siti;Aminah\nr2;Budi;\n".as_bytes();
        let (persons, rows) = load("name=given+sur", bytes).unwrap();
        assert_eq!(persons.len(), 2);
        assert_eq!(rows.ids, ["r1", "r2"]);
        assert_eq!(rows.id_column, "rec");
    }

    #[test]
    fn every_refusal_says_what_is_wrong_where_and_what_to_do() {
        for (map, bytes, code, said) in [
            ("name", &b"a\n1\n"[..], "columns_not_understood", "name"),
            ("name=", b"a\n1\n", "columns_not_understood", "name="),
            ("name=a,name=a", b"a\n1\n", "field_given_twice", "name"),
            ("", b"a\n1\n", "too_many_fields", "at least one"),
            ("name=b", b"a,c\n1,2\n", "unknown_column", "a, c"),
            ("name=a", b"", "empty_file", "a.csv"),
            ("name=a", b"a\n", "no_rows", "a.csv"),
            ("name=a", b"a\nx\n\xff\xfe\n", "not_utf8", "line 3"),
            ("name=a", b"a,b\n1,2\n1,2,3\n", "ragged_row", "line 3"),
        ] {
            let error = load(map, bytes).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(said), "{error}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn a_file_that_begins_with_a_person_is_refused_without_the_number() {
        let error = load("name=nama", b"1809011708909001,Yusuf\n2,Siti\n").unwrap_err();
        assert!(error.to_string().contains("180901******9001"), "{error}");
        assert!(!error.to_string().contains("1809011708909001"), "{error}");
    }

    #[test]
    fn a_field_with_a_name_of_its_own_is_compared_as_text() {
        let map = ColumnMap::parse("hobby=a, name = b").unwrap();
        assert_eq!(map.as_text, ["hobby"]);
        assert_eq!(map.fields()[1].kind, FieldKind::Name);
    }
}

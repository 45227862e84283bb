//! Reads prelist files and says what is wrong, row by row.
//!
//! A prelist is the register's extract that a district works on: one row a person, described column by column in
//! `docs/prelist.md`. Villages send it through Excel, so the file may come with a BOM, semicolons, Windows-1252 or
//! day-first dates; those are read. What would lose or mix up people is refused, row by row, with a reason; what is
//! only dirty (a NIK with a wrong digit) is imported with a warning, to be corrected at the door.

mod cells;
mod columns;
mod decode;
mod header;
mod list_row;
mod lists;
mod problem;
mod read;
pub mod regions;
mod split;
mod stream;

pub use columns::{COLUMNS, Column, Kind, Scope};
pub use lawang_domain::Message;
pub use lists::{CivilAnswer, CivilStatus, ListFile, ListKind, ListRow};
pub use problem::{FileError, MissingColumn, Refused, Warning};
pub use read::{Checked, Prelist, PrelistHousehold, check, read};
pub use stream::StreamError;

/// The longest cell that is read, in characters. A name or an address is far below it; a longer cell is a broken file.
pub const MAX_CELL_CHARS: usize = 10_000;

/// The largest file that is read, in bytes. The whole of a large district is below 200 MB.
pub const MAX_FILE_BYTES: usize = 1 << 30;

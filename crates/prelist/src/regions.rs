//! Names and codes of all provinces, regencies, districts and villages of Indonesia (Kemendagri codes).
//!
//! Data: `idn-area-data` 4.0.1, Open Database License, see NOTICE. Unpacked once, on first use (about 3 MB).

use lawang_domain::{AreaCode, VillageCode};
use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!("../data/regions.tsv.zst");

/// `code\tname` lines sorted by code, and where each starts.
#[derive(Default)]
struct Table {
    text: String,
    lines: Vec<u32>,
}

impl Table {
    fn line(&self, index: usize) -> (&str, &str) {
        let rest = &self.text[self.lines[index] as usize..];
        let line = rest.split('\n').next().unwrap_or_default();
        line.split_once('\t').unwrap_or((line, ""))
    }

    fn find(&self, code: &str) -> Result<usize, usize> {
        let mut low = 0;
        let mut high = self.lines.len();
        while low < high {
            let middle = (low + high) / 2;
            match self.line(middle).0.cmp(code) {
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = zstd::decode_all(PACKED)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default();
        let first = text.find('\n').map_or(text.len(), |n| n + 1);
        let mut lines = Vec::with_capacity(92_000);
        let mut at = first;
        while at < text.len() {
            lines.push(at as u32);
            at += text[at..].find('\n').map_or(text.len() - at, |n| n + 1);
        }
        Table { text, lines }
    })
}

/// Whether the village is in the list.
pub fn village_exists(code: &VillageCode) -> bool {
    table().find(&code.to_string()).is_ok()
}

/// Name of an area of any level, `Gedong Tataan` or `Kabupaten Pesawaran`.
pub fn name(area: impl Into<AreaCode>) -> Option<&'static str> {
    let table = table();
    let at = table.find(&area.into().to_string()).ok()?;
    Some(table.line(at).1)
}

/// A village's name and those of the areas around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VillageNames {
    /// Desa, kelurahan or adat, without the word.
    pub village: &'static str,
    /// Kecamatan, without the word.
    pub district: &'static str,
    /// With the word: `Kabupaten Pesawaran`, `Kota Metro`.
    pub regency: &'static str,
    /// Province.
    pub province: &'static str,
}

/// The four names of a village; `None` if it is not in the list.
pub fn names(code: VillageCode) -> Option<VillageNames> {
    Some(VillageNames {
        village: name(code)?,
        district: name(code.district())?,
        regency: name(code.regency())?,
        province: name(code.province())?,
    })
}

/// All villages of a province, regency or district, sorted by code.
pub fn villages_of(area: AreaCode) -> Vec<(VillageCode, &'static str)> {
    below(area)
        .filter_map(|(code, name)| Some((code.parse().ok()?, name)))
        .collect()
}

/// The areas directly below a province, regency or district, sorted by code.
pub fn children_of(area: AreaCode) -> Vec<(AreaCode, &'static str)> {
    below(area)
        .filter_map(|(code, name)| Some((code.parse::<AreaCode>().ok()?, name)))
        .filter(|(code, _)| code.parent() == Some(area))
        .collect()
}

fn below(area: AreaCode) -> impl Iterator<Item = (&'static str, &'static str)> {
    let table = table();
    let prefix = format!("{area}.");
    let start = table.find(&prefix).unwrap_or_else(|at| at);
    (start..table.lines.len())
        .map(|index| table.line(index))
        .take_while(move |(code, _)| code.starts_with(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str) -> AreaCode {
        code.parse().unwrap()
    }

    #[test]
    fn the_whole_country_is_there() {
        let codes: Vec<&str> = (0..table().lines.len())
            .map(|i| table().line(i).0)
            .collect();
        assert!(codes.is_sorted());
        for (length, count) in [(2, 38), (5, 514), (8, 7285), (13, 83_762)] {
            assert_eq!(codes.iter().filter(|c| c.len() == length).count(), count);
        }
        for code in codes {
            assert_eq!(code.parse::<AreaCode>().unwrap().to_string(), code);
        }
    }

    #[test]
    fn pesawaran_has_eleven_districts_and_148_villages() {
        assert_eq!(name(area("18.09")), Some("Kabupaten Pesawaran"));
        assert_eq!(children_of(area("18.09")).len(), 11);
        let villages = villages_of(area("18.09"));
        assert_eq!(villages.len(), 148);
        assert!(villages.iter().all(|(code, _)| village_exists(code)));
    }

    #[test]
    fn a_village_knows_its_names() {
        let caruy: VillageCode = "33.01.18.2001".parse().unwrap();
        let names = names(caruy).unwrap();
        assert_eq!(
            (names.village, names.regency),
            ("Caruy", "Kabupaten Cilacap")
        );
        let nowhere: VillageCode = "18.09.01.2999".parse().unwrap();
        assert!(!village_exists(&nowhere));
        assert_eq!(super::names(nowhere), None);
    }
}

//! Published questionnaires: kept whole, compiled when they are needed, offered to devices.

use crate::{
    error::{Result, ServerError},
    household::{int, unsigned},
    rules,
    server::Server,
    store::{Tx, lock, params},
};
use lawang_forms::{Compiled, Files, Form, Problem, compile_with};
use lawang_sync::{FormHeld, FormOffer, FormPart, FormRequest, Hello, Package};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, OnceLock},
};

/// The questionnaire of the register's households.
pub const HOUSEHOLD_VISIT: &str = "household_visit";
/// The questionnaires that come with this program: the household visit, and the one of second visits.
const WORKBOOKS: [(&str, &[u8]); 2] = [
    (
        "household_visit.xlsx",
        include_bytes!("../../../schema/questionnaires/household_visit.xlsx"),
    ),
    (
        "back_check.xlsx",
        include_bytes!("../../../schema/questionnaires/back_check.xlsx"),
    ),
];
/// Compiled questionnaires in memory: a district uses two or three at a time, and a large one takes 30 MB.
const COMPILED: usize = 6;
/// Most bytes of a package in one answer.
const MAX_PART: u32 = 1024 * 1024;

/// A questionnaire that comes with this program.
pub(crate) struct BuiltIn {
    pub form: Arc<Form>,
    pub hash: [u8; 32],
    pub body: Vec<u8>,
}

/// All of them, compiled once, the household visit first.
pub(crate) fn all_built_in() -> &'static [BuiltIn] {
    static BUILT_IN: OnceLock<Vec<BuiltIn>> = OnceLock::new();
    BUILT_IN.get_or_init(|| {
        let mut all = Vec::new();
        for (name, bytes) in WORKBOOKS {
            match read(bytes, name, &Files::new()) {
                Ok(compiled) => {
                    let form = Arc::new(compiled.form);
                    let package = package(&form, name, bytes, BTreeMap::new());
                    all.push(BuiltIn {
                        form,
                        hash: package.hash(),
                        body: package.pack(),
                    });
                }
                Err(problems) => {
                    let problems = problems.len();
                    tracing::error!(name, problems, "the questionnaire does not compile");
                }
            }
        }
        all
    })
}

/// The household visit that comes with this program.
pub(crate) fn built_in() -> Option<&'static BuiltIn> {
    all_built_in()
        .iter()
        .find(|built_in| built_in.form.id() == HOUSEHOLD_VISIT)
}

fn read(bytes: &[u8], name: &str, files: &Files) -> std::result::Result<Compiled, Vec<Problem>> {
    compile_with(bytes, name, files)
}

/// The package of a questionnaire. Its file is named by the identifier: another name on somebody's disk is no
/// other content.
pub(crate) fn package(
    form: &Form,
    name: &str,
    bytes: &[u8],
    files: BTreeMap<String, Vec<u8>>,
) -> Package {
    let kind = name
        .rsplit_once('.')
        .map_or(String::new(), |(_, kind)| kind.to_lowercase());
    let kind = if kind.is_empty() || kind.len() > 8 {
        "xlsx"
    } else {
        kind.as_str()
    };
    Package {
        id: form.id().to_owned(),
        version: form.version().to_owned(),
        name: format!("{}.{kind}", form.id()),
        form: bytes.to_vec().into(),
        files: files
            .into_iter()
            .map(|(name, bytes)| (name, bytes.into()))
            .collect(),
    }
}

/// Compiles a package.
pub(crate) fn compile_package(package: &Package) -> std::result::Result<Compiled, Vec<Problem>> {
    let mut files = Files::new();
    for (name, bytes) in &package.files {
        files.insert(name.as_str(), bytes.as_slice());
    }
    // A list that did not come with it is one of entities, or it would not have been published.
    files.allow_entities();
    read(&package.form, &package.name, &files)
}

/// Compiled questionnaires by identifier and version; the ones used last are kept.
#[derive(Default)]
pub(crate) struct Catalogue {
    compiled: Mutex<VecDeque<Arc<Form>>>,
}

impl Catalogue {
    /// The questionnaire of that version, or none if it was never published.
    pub(crate) fn form(&self, tx: &Tx<'_>, id: &str, version: &str) -> Result<Option<Arc<Form>>> {
        let mut ours = all_built_in().iter();
        if let Some(built_in) = ours.find(|b| b.form.id() == id && b.form.version() == version) {
            return Ok(Some(built_in.form.clone()));
        }
        let mut compiled = lock(&self.compiled);
        if let Some(at) = compiled
            .iter()
            .position(|f| f.id() == id && f.version() == version)
        {
            let found = compiled.remove(at);
            if let Some(found) = &found {
                compiled.push_back(found.clone());
            }
            return Ok(found);
        }
        let stored: Option<([u8; 32], Vec<u8>)> = tx.optional(
            "SELECT hash, body FROM form WHERE id = ?1 AND version = ?2",
            params![id, version],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let Some((hash, body)) = stored else {
            return Ok(None);
        };
        // Trouble with a questionnaire must not keep visits from being taken: they are flagged.
        let Ok(package) = Package::unpack(&body, &hash) else {
            tracing::error!(id, version, "a stored questionnaire cannot be read");
            return Ok(None);
        };
        let form = match compile_package(&package) {
            Ok(compiled) => Arc::new(compiled.form),
            Err(problems) => {
                // It compiled when it was published: this program is older than the one that did it.
                tracing::error!(id, version, problems = problems.len(), "does not compile");
                return Ok(None);
            }
        };
        compiled.push_back(form.clone());
        while compiled.len() > COMPILED {
            compiled.pop_front();
        }
        Ok(Some(form))
    }
}

/// Puts the questionnaires that come with the program among the kept ones.
pub(crate) fn keep_built_in(tx: &Tx<'_>) -> Result<()> {
    for built_in in all_built_in() {
        let (id, version) = (built_in.form.id(), built_in.form.version());
        let there: bool = tx.one(
            "SELECT EXISTS (SELECT 1 FROM form WHERE id = ?1 AND version = ?2)",
            params![id, version],
            |r| r.get(0),
        )?;
        if !there {
            insert(
                tx,
                &built_in.form,
                &built_in.hash,
                &built_in.body,
                0,
                true,
                0,
            )?;
        }
    }
    Ok(())
}

/// Adds a version.
pub(crate) fn insert(
    tx: &Tx<'_>,
    form: &Form,
    hash: &[u8; 32],
    body: &[u8],
    files: usize,
    built_in: bool,
    now: u64,
) -> Result<()> {
    tx.execute(
        "INSERT INTO form (id, version, hash, title, questions, files, body, built_in,
                           published_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            form.id(),
            form.version(),
            hash,
            form.title("id"),
            questions(&form.root().children),
            int(files as u64),
            body,
            built_in,
            int(now),
        ],
    )?;
    Ok(())
}

fn questions(items: &[lawang_forms::Item]) -> i64 {
    use lawang_forms::Item;
    items
        .iter()
        .map(|item| match item {
            Item::Group(group) => questions(&group.children),
            Item::Repeat(repeat) => questions(&repeat.children),
            Item::Question(question) => i64::from(question.kind.is_answered()),
        })
        .sum()
}

/// The number of the version that new visits use, of each questionnaire: the one published last; one that
/// came with a program only while nothing was published.
pub(crate) fn current(tx: &Tx<'_>) -> Result<BTreeMap<String, i64>> {
    let sql = "SELECT id, seq FROM form ORDER BY built_in DESC, seq";
    tx.query(sql, params![], |r| Ok((r.get(0)?, r.get(1)?)))
}

/// What a device is offered: the current versions, and those that it needs and does not have. What it holds
/// is named as well, so that it knows what is current.
pub(crate) fn offers(tx: &Tx<'_>, hello: &Hello) -> Result<Option<Vec<FormOffer>>> {
    let Some(held) = &hello.forms else {
        return Ok(None);
    };
    let needed: BTreeSet<(&str, &str)> = held
        .iter()
        .filter(|f: &&FormHeld| f.hash.is_none())
        .map(|f| (f.id.as_str(), f.version.as_str()))
        .collect();
    let current = current(tx)?;
    let mut offers = Vec::new();
    let sql = "SELECT seq, id, version, hash, length(body) FROM form ORDER BY seq";
    tx.each(sql, params![], |row| {
        let offer = FormOffer {
            id: row.get(1)?,
            version: row.get(2)?,
            hash: row.get::<[u8; 32]>(3)?.into(),
            len: unsigned(row.get(4)?),
            current: current.get(&row.get::<String>(1)?) == Some(&row.get(0)?),
        };
        if offer.current || needed.contains(&(offer.id.as_str(), offer.version.as_str())) {
            offers.push(offer);
        }
        Ok(())
    })?;
    Ok(Some(offers))
}

/// Number and hash of every version that new visits use, in the order of their numbers.
pub(crate) fn in_use(tx: &Tx<'_>) -> Result<Vec<(i64, [u8; 32])>> {
    let mut seqs: Vec<i64> = current(tx)?.into_values().collect();
    seqs.sort_unstable();
    let sql = "SELECT hash FROM form WHERE seq = ?1";
    seqs.into_iter()
        .map(|seq| Ok((seq, tx.one(sql, params![seq], |r| r.get(0))?)))
        .collect()
}

/// A piece of a package.
///
/// # Errors
/// `unknown_form`.
pub(crate) fn part(server: &Server, request: &FormRequest) -> Result<FormPart> {
    let found: Option<(i64, Vec<u8>)> = server.store.read(|tx| {
        tx.optional(
            "SELECT length(body), substr(body, ?2 + 1, ?3) FROM form WHERE hash = ?1",
            params![
                request.hash.as_slice(),
                int(request.offset),
                request.max.clamp(1, MAX_PART),
            ],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
    })?;
    if found.is_none()
        && let Some(part) = rules::part(server, request)?
    {
        return Ok(part);
    }
    let (total, bytes) = found.ok_or_else(|| {
        ServerError::refused("unknown_form", "this questionnaire is not published here")
    })?;
    Ok(FormPart {
        hash: request.hash,
        total: unsigned(total),
        offset: request.offset,
        bytes: bytes.into(),
    })
}

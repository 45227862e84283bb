//! Which place a district uses: said at the first start, kept in its database from then on.

use super::{Attachments, Shelf, bucket::Bucket, folder::Folder};
use crate::{
    error::{Result, ServerError},
    server::Server,
    store::{Tx, params},
};
use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

/// In `meta`: the place, if it is not the disk.
pub(super) const PLACE: &str = "attachments";
/// In `meta`: places where attachments were before, and where copies may still be, one a line.
pub(super) const LEFT: &str = "attachments_left";
/// How the disk is called there.
pub(super) const DISK: &str = "disk";

/// `s3://BUCKET` or `s3://BUCKET/PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    bucket: String,
    prefix: String,
}

impl BucketUrl {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What stands before every name in it; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

impl FromStr for BucketUrl {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            ServerError::refused("bad_attachments", format!("{text}: {what}"))
                .hint("say s3://BUCKET or s3://BUCKET/PREFIX; the address of the store is in AWS_ENDPOINT_URL, keys are in AWS_*")
        };
        let rest = text
            .strip_prefix("s3://")
            .ok_or_else(|| wrong("this is no bucket of an S3-compatible store"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(lower) {
            return Err(wrong(
                "a bucket's name has 3 to 63 small letters, digits, dots and hyphens",
            ));
        }
        let prefix = prefix.trim_end_matches('/');
        let plain = |part: &str| {
            let fine = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            !part.is_empty() && part.chars().all(fine) && part.chars().any(|c| c != '.')
        };
        if !prefix.is_empty() && !prefix.split('/').all(plain) {
            return Err(wrong(
                "a prefix has letters, digits, dots, hyphens, and slashes between them",
            ));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

/// What the usual `AWS_*` variables say: keys, endpoint, region. Shown without values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AwsSettings(BTreeMap<String, String>);

impl AwsSettings {
    /// Keeps the variables whose names begin with `AWS_`; empty ones count as not set.
    pub fn from_variables(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |(name, value): &(String, String)| name.starts_with("AWS_") && !value.is_empty();
        Self(all.into_iter().filter(ours).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Scheme and host of the endpoint, for words.
    pub(super) fn endpoint(&self) -> Option<String> {
        let names = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];
        let url = names.into_iter().find_map(|name| self.get(name))?;
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        Some(format!("{scheme}://{host}"))
    }
}

impl fmt::Debug for AwsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What the database says.
pub(crate) struct Remembered {
    place: Option<String>,
    left: Vec<String>,
    /// Whether attachments are there already.
    any: bool,
}

fn text(tx: &Tx<'_>, key: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let found: Option<Vec<u8>> = tx.optional(sql, params![key], |r| r.get(0))?;
    found
        .map(|bytes| {
            String::from_utf8(bytes).map_err(|_| ServerError::Damaged(format!("meta {key}")))
        })
        .transpose()
}

pub(super) fn set(tx: &Tx<'_>, key: &str, value: Option<&str>) -> Result<()> {
    tx.execute("DELETE FROM meta WHERE key = ?1", params![key])?;
    if let Some(value) = value {
        let sql = "INSERT INTO meta VALUES (?1, ?2)";
        tx.execute(sql, params![key, value.as_bytes()])?;
    }
    Ok(())
}

pub(super) fn left(tx: &Tx<'_>) -> Result<Vec<String>> {
    let lines = text(tx, LEFT)?.unwrap_or_default();
    Ok(lines.lines().map(str::to_owned).collect())
}

fn any(tx: &Tx<'_>) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM photo WHERE done = 1)";
    tx.one(sql, params![], |r| r.get(0))
}

/// What the database says of the place.
pub(crate) fn remembered(tx: &Tx<'_>) -> Result<Remembered> {
    Ok(Remembered {
        place: text(tx, PLACE)?,
        left: left(tx)?,
        any: any(tx)?,
    })
}

/// A copy of the district that stands for itself knows of no place but its own folder.
pub(crate) fn forget_place(tx: &Tx<'_>) -> Result<()> {
    set(tx, PLACE, None)?;
    set(tx, LEFT, None)
}

pub(super) fn still_here(tx: &Tx<'_>, said: Option<&str>) -> Result<()> {
    let now = text(tx, PLACE)?;
    if now.as_deref() == said {
        return Ok(());
    }
    Err(ServerError::Attachments {
        code: "attachments_moved",
        message: format!(
            "the attachments of this district are in {} now",
            now.as_deref().unwrap_or(DISK)
        ),
        hint: "stop this process and start it again".into(),
    })
}

fn on_disk(url: &BucketUrl) -> ServerError {
    ServerError::refused(
        "attachments_on_disk",
        "this district has attachments on its disk already",
    )
    .hint(format!(
        "move them first: lawang admin move-attachments --to {url} ..., also while the server runs"
    ))
}

impl Shelf {
    /// The place that is meant: what was said now must be what was said before; this shelf where nothing was ever said.
    /// `seed`: of the server's key.
    pub(crate) fn choose(
        self,
        remembered: &Remembered,
        said: Option<&BucketUrl>,
        settings: &AwsSettings,
        seed: &[u8; 32],
    ) -> Result<Self> {
        let before = remembered.place.as_deref().map(BucketUrl::from_str);
        let url = match (said, before.transpose()?) {
            (Some(said), Some(before)) if *said != before => {
                return Err(ServerError::refused(
                    "attachments_elsewhere",
                    format!("the attachments of this district are in {before}"),
                )
                .hint(format!(
                    "leave --attachments out, or move them: lawang admin move-attachments --to {said} ..."
                )));
            }
            (Some(said), None) if remembered.any => return Err(on_disk(said)),
            (_, Some(url)) => Some(url),
            (said, None) => said.cloned(),
        };
        let mut shelf = Self {
            seed: *seed,
            settings: settings.clone(),
            ..self
        };
        if let Some(url) = url {
            let said = url.to_string();
            if let Some(place) = shelf.named(&said)? {
                shelf.place = place;
                shelf.said = Some(said);
            }
        }
        for line in &remembered.left {
            if let Some(place) = shelf.named(line)? {
                shelf.left.push((line.clone(), place));
            }
        }
        Ok(shelf)
    }

    /// A place by its name in the database; the disk of a process that was given no folder is none.
    pub(super) fn named(&self, name: &str) -> Result<Option<Arc<dyn Attachments>>> {
        if name == DISK {
            let folder = self.disk.clone().map(Folder::new);
            return Ok(folder.map(|folder| Arc::new(folder) as Arc<dyn Attachments>));
        }
        let settings = self.settings.clone();
        Ok(Some(Arc::new(Bucket::new(
            name.parse()?,
            settings,
            &self.seed,
        ))))
    }
}

impl Server {
    /// Asks the place of attachments whether it can be used, and keeps in the database which one it is. Where it is the
    /// disk there is nothing to do.
    ///
    /// # Errors
    /// `no_such_bucket`, `attachments_denied`, `attachments_unavailable`, `attachments_settings`, `attachments_unfit`,
    /// `attachments_of_another`, `bucket_keeps_versions`, `attachments_on_disk`.
    pub fn settle_attachments(&self) -> Result<()> {
        let Some(said) = self.photos.said.as_deref() else {
            return Ok(());
        };
        self.photos.place().check(&self.id, &self.entropy.uuid()?)?;
        self.store.write(|tx| {
            if text(tx, PLACE)?.is_some() {
                return still_here(tx, Some(said));
            }
            if any(tx)? {
                return Err(on_disk(&said.parse()?));
            }
            set(tx, PLACE, Some(said))
        })
    }

    /// The bucket where attachments are; `None` for the disk.
    pub fn attachments_place(&self) -> Option<&str> {
        self.photos.said.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_with_or_without_a_prefix_and_nothing_else() {
        let said = |text: &str| text.parse::<BucketUrl>().map(|url| url.to_string());
        for same in ["s3://lawang-foto", "s3://foto/pringsewu/2026"] {
            assert_eq!(said(same).unwrap(), same);
        }
        assert_eq!(said("s3://foto/a/").unwrap(), "s3://foto/a");
        for wrong in [
            "foto",
            "https://s3.example.go.id/foto",
            "s3://",
            "s3://Foto",
            "s3://foto/../x",
            "s3://foto//x",
            "s3://key:secret@foto",
        ] {
            assert_eq!(
                said(wrong).unwrap_err().code(),
                "bad_attachments",
                "{wrong}"
            );
        }
    }

    #[test]
    fn settings_are_never_shown() {
        let settings = AwsSettings::from_variables([
            ("AWS_SECRET_ACCESS_KEY".into(), "geheim".into()),
            ("AWS_REGION".into(), String::new()),
            ("HOME".into(), "/root".into()),
            (
                "AWS_ENDPOINT_URL".into(),
                "https://user:geheim@s3.example.go.id:9000/x".into(),
            ),
        ]);
        let shown = format!("{settings:?}");
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("geheim"));
        assert_eq!(settings.all().count(), 2);
        let endpoint = settings.endpoint();
        assert_eq!(endpoint.as_deref(), Some("https://s3.example.go.id:9000"));
    }
}

//! Attachments in a bucket of an S3-compatible store. Several processes may share it: nothing about them is kept outside
//! the bucket, and pieces of an unfinished one are objects whose names say where they belong.
//!
//! | object | what |
//! |---|---|
//! | `PREFIX/ab/cdef..` | a whole one |
//! | `PREFIX/parts/abcdef../0000000000-2000` | 2,000 bytes of an unfinished one, from the first |
//! | `PREFIX/lawang.json` | whose attachments these are |

use super::{
    Attachments, AwsSettings, BucketUrl, Hash, Kept, MAX_PHOTO, file_name, hash_of,
    seal::{OVERHEAD, Sealer},
};
use crate::{
    error::{Result, ServerError},
    store::lock,
};
use futures_util::TryStreamExt;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, Error, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutResult, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
};
use std::{
    future::Future,
    sync::{Arc, Mutex, OnceLock, mpsc},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// How long a connection, and one request, may take.
const CONNECTING: Duration = Duration::from_secs(5);
const REQUEST: Duration = Duration::from_secs(30);
/// How long a request that failed is tried again, and what one call takes at most: devices wait for the answer.
const AGAIN: Duration = Duration::from_secs(8);
const CALL: Duration = Duration::from_secs(45);
/// After a failure nobody waits for the store again for so long.
const PAUSE: Duration = Duration::from_secs(2);
/// Whose attachments are here.
const OWNER: &str = "lawang.json";
const PARTS: &str = "parts";

pub(super) struct Bucket {
    url: BucketUrl,
    settings: AwsSettings,
    sealer: Sealer,
    client: OnceLock<Client>,
    /// When it failed last.
    failed: Mutex<Option<(Instant, String)>>,
}

/// The library, and the threads that it works on: the server around it is not asynchronous.
struct Client {
    store: Arc<dyn ObjectStore>,
    runtime: Option<Runtime>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Also where the server is dropped on a runtime's own thread, which may not wait.
            runtime.shutdown_background();
        }
    }
}

/// A piece of an unfinished one: where it begins, and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    at: u64,
    len: u64,
}

/// Pieces that follow each other from the first byte on; of several, the one that reaches farthest.
fn chain(pieces: &[Piece]) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    loop {
        let end = found.last().map_or(0, |piece| piece.at + piece.len);
        let next = pieces
            .iter()
            .filter(|piece| piece.at <= end && piece.at + piece.len > end)
            .max_by_key(|piece| piece.at + piece.len);
        match next {
            Some(piece) => found.push(*piece),
            None => return found,
        }
    }
}

fn piece_of(name: &str) -> Option<Piece> {
    let (at, len) = name.split_once('-')?;
    let (at, len) = (at.parse().ok()?, len.parse().ok()?);
    (at <= MAX_PHOTO && len <= MAX_PHOTO && len > 0).then_some(Piece { at, len })
}

fn about_whole(hash: &Hash) -> Vec<u8> {
    [b"whole ".as_slice(), hash].concat()
}

fn about_piece(hash: &Hash, at: u64) -> Vec<u8> {
    [b"piece ".as_slice(), hash, &at.to_be_bytes()].concat()
}

/// What the store said, without addresses and without what it repeats of the request.
fn said(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map(|(code, _)| code.to_owned());
    code.unwrap_or_else(|| {
        let plain = text.split('<').next().unwrap_or_default();
        plain
            .trim_end_matches([' ', ':'])
            .chars()
            .take(200)
            .collect()
    })
}

impl Bucket {
    /// Nothing is asked of the store before the first use. `seed`: of the server's key.
    pub(super) fn new(url: BucketUrl, settings: AwsSettings, seed: &[u8; 32]) -> Self {
        Self {
            url,
            settings,
            sealer: Sealer::new(seed),
            client: OnceLock::new(),
            failed: Mutex::default(),
        }
    }

    fn trouble(&self, code: &'static str, what: &str, hint: impl Into<String>) -> ServerError {
        let endpoint = self.settings.endpoint();
        let place = match endpoint {
            Some(endpoint) => format!("{} at {endpoint}", self.url),
            None => self.url.to_string(),
        };
        ServerError::Attachments {
            code,
            message: format!("{place}: {what}"),
            hint: hint.into(),
        }
    }

    fn build(&self) -> Result<Client> {
        // The process may have chosen its cryptography already: then that one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wrong = |what: String| {
            self.trouble(
                "attachments_settings",
                &what,
                "look at the AWS_* variables of this process",
            )
        };
        let mut options = ClientOptions::new()
            .with_connect_timeout(CONNECTING)
            .with_timeout(REQUEST);
        if let Some(file) = self.settings.get("AWS_CA_BUNDLE") {
            let unreadable = |why: String| wrong(format!("AWS_CA_BUNDLE ({file}): {why}"));
            let pem = std::fs::read(file).map_err(|e| unreadable(e.to_string()))?;
            let all = Certificate::from_pem_bundle(&pem).map_err(|e| unreadable(said(&e)))?;
            for certificate in all {
                options = options.with_root_certificate(certificate);
            }
        }
        let mut builder = AmazonS3Builder::new()
            .with_client_options(options)
            // One request an object: not every compatible store knows the other way, or says the same of what is gone.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig {
                backoff: BackoffConfig {
                    init_backoff: Duration::from_millis(100),
                    max_backoff: Duration::from_secs(1),
                    base: 2.0,
                },
                max_retries: 3,
                retry_timeout: AGAIN,
            });
        for (name, value) in self.settings.all() {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        // After the settings: what is said on the command line, or in the database, holds.
        let store = builder
            .with_bucket_name(self.url.bucket())
            .build()
            .map_err(|error| wrong(said(&error)))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("attachments")
            .enable_all()
            .build()?;
        Ok(Client {
            store: Arc::new(store),
            runtime: Some(runtime),
        })
    }

    fn client(&self) -> Result<&Client> {
        if self.client.get().is_none() {
            let _ = self.client.set(self.build()?);
        }
        self.client
            .get()
            .ok_or_else(|| ServerError::Damaged("no client for the bucket".into()))
    }

    /// Does one thing with the store and waits for it; `None`: it says that this is not there. `doing`: for the words.
    fn ask<T, W>(
        &self,
        doing: &str,
        work: impl FnOnce(Arc<dyn ObjectStore>) -> W,
    ) -> Result<Option<T>>
    where
        T: Send + 'static,
        W: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        if let Some((since, why)) = &*lock(&self.failed)
            && since.elapsed() < PAUSE
        {
            return Err(self.unreachable(why));
        }
        let client = self.client()?;
        let Some(runtime) = &client.runtime else {
            return Err(ServerError::Damaged("no thread for the bucket".into()));
        };
        let (answer, waiting) = mpsc::sync_channel(1);
        let work = work(client.store.clone());
        runtime.spawn(async move {
            // Whoever asked waits for it, so the channel is open.
            let _ = answer.send(tokio::time::timeout(CALL, work).await);
        });
        let error = match waiting.recv() {
            Ok(Ok(Ok(found))) => return Ok(Some(found)),
            Ok(Ok(Err(Error::NotFound { .. }))) => return Ok(None),
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => return Err(self.failed(doing, "no answer within 45 seconds")),
            Err(_) => return Err(self.failed(doing, "the request broke off")),
        };
        let why = said(&error);
        Err(match error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                tracing::error!(place = %self.url, doing, why, "the store of attachments refuses");
                self.trouble(
                    "attachments_denied",
                    &format!("{doing} is refused ({why})"),
                    "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION; the key must be \
                     allowed to read, write, list and delete there",
                )
            }
            _ => self.failed(doing, &why),
        })
    }

    /// Notes a failure that may pass.
    fn failed(&self, doing: &str, why: &str) -> ServerError {
        tracing::error!(place = %self.url, doing, why, "the store of attachments fails");
        let why = format!("{doing} fails ({why})");
        let error = self.unreachable(&why);
        *lock(&self.failed) = Some((Instant::now(), why));
        error
    }

    fn unreachable(&self, why: &str) -> ServerError {
        let get = |name| self.settings.get(name);
        let plain = self
            .settings
            .endpoint()
            .is_some_and(|at| at.starts_with("http://"));
        let hint = if plain && get("AWS_ALLOW_HTTP").is_none_or(|said| said != "true") {
            "the endpoint is not https: for a network that nobody else is on, set AWS_ALLOW_HTTP=true"
        } else if get("AWS_ACCESS_KEY_ID").is_none() {
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; then look at AWS_ENDPOINT_URL, AWS_REGION and the network"
        } else {
            "look at AWS_ENDPOINT_URL, AWS_REGION and the network, or wait; nothing was lost, the same can be done again"
        };
        self.trouble("attachments_unavailable", why, hint)
    }

    fn no_bucket(&self) -> ServerError {
        self.trouble(
            "no_such_bucket",
            "there is no such bucket",
            "make it there, or correct --attachments, AWS_ENDPOINT_URL or AWS_REGION",
        )
    }

    fn damaged(&self, hash: &Hash) -> ServerError {
        self.trouble(
            "attachment_damaged",
            &format!("{} is not what this server wrote", hex::encode(hash)),
            "put the object back from a copy of the bucket; `lawang admin attachments --verify` names all that are damaged",
        )
    }

    fn path(&self, name: &str) -> Path {
        match self.url.prefix() {
            "" => Path::from(name),
            prefix => Path::from(format!("{prefix}/{name}")),
        }
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> Result<PutResult> {
        let path = self.path(name);
        self.ask("writing", |store| async move {
            store.put(&path, bytes.into()).await
        })?
        .ok_or_else(|| self.no_bucket())
    }

    /// Bytes of an object; `None` if it is not there, or is larger than any that this server wrote.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        self.ask("reading", |store| async move {
            let found = store.get(&path).await?;
            if found.meta.size > MAX_PHOTO + OVERHEAD as u64 {
                return Ok(Vec::new());
            }
            Ok(found.bytes().await?.to_vec())
        })
    }

    fn delete(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        self.ask("deleting", |store| async move { store.delete(&path).await })
            .map(|_| ())
    }

    /// Names below a folder of the prefix, with what `keep` makes of each.
    fn names<T: Send + 'static>(
        &self,
        folder: &str,
        keep: impl Fn(&str, &ObjectMeta) -> Option<T> + Send + Sync + 'static,
    ) -> Result<Vec<T>> {
        let under = self.path(folder);
        let root = self.path("");
        self.ask("listing", |store| async move {
            let under = (!under.as_ref().is_empty()).then_some(under);
            store
                .list(under.as_ref())
                .try_filter_map(|meta| {
                    let name = meta
                        .location
                        .prefix_match(&root)
                        .map(|parts| parts.map(|p| p.as_ref().to_owned()).collect::<Vec<_>>());
                    let found = name.and_then(|name| keep(&name.join("/"), &meta));
                    std::future::ready(Ok(found))
                })
                .try_collect()
                .await
        })?
        .ok_or_else(|| self.no_bucket())
    }

    fn parts_name(hash: &Hash) -> String {
        format!("{PARTS}/{}", hex::encode(hash))
    }

    fn piece_name(hash: &Hash, piece: Piece) -> String {
        format!("{}/{:010}-{}", Self::parts_name(hash), piece.at, piece.len)
    }

    fn pieces(&self, hash: &Hash) -> Result<Vec<Piece>> {
        let folder = Self::parts_name(hash) + "/";
        self.names(&Self::parts_name(hash), move |name, _| {
            piece_of(name.strip_prefix(&folder)?)
        })
    }

    fn sealed(&self, about: &[u8], bytes: &[u8]) -> Result<Vec<u8>> {
        self.sealer
            .seal(about, bytes)
            .ok_or_else(|| ServerError::Damaged("an attachment cannot be sealed".into()))
    }

    /// The bucket answers, keeps and deletes what this process writes.
    fn try_out(&self, probe: &uuid::Uuid) -> Result<()> {
        let name = format!("probe/{}", probe.simple());
        let bytes = probe.as_bytes().to_vec();
        let put = self.put(&name, bytes.clone())?;
        let read = self.get(&name)?;
        let wanted = name.clone();
        let listed = self.names("probe", move |name, _| (name == wanted).then_some(()))?;
        self.delete(&name)?;
        if put.version.is_some_and(|version| version != "null") {
            return Err(self.trouble(
                "bucket_keeps_versions",
                "the bucket keeps old versions of objects, so what is erased on request would stay in it",
                "name a bucket without versioning, or suspend it and remove the old versions",
            ));
        }
        if read.as_ref() != Some(&bytes) || listed.is_empty() || self.get(&name)?.is_some() {
            return Err(self.trouble(
                "attachments_unfit",
                "what was written is not what is read, listed and deleted at once",
                "the store must show every write at once, as S3 does",
            ));
        }
        Ok(())
    }
}

impl Attachments for Bucket {
    fn have(&self, hash: &Hash) -> Result<u64> {
        let pieces = chain(&self.pieces(hash)?);
        Ok(pieces.last().map_or(0, |piece| piece.at + piece.len))
    }

    fn append(&self, hash: &Hash, at: u64, bytes: &[u8]) -> Result<()> {
        let len = bytes.len() as u64;
        let sealed = self.sealed(&about_piece(hash, at), bytes)?;
        self.put(&Self::piece_name(hash, Piece { at, len }), sealed)?;
        Ok(())
    }

    fn part(&self, hash: &Hash) -> Result<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::new();
        for piece in chain(&self.pieces(hash)?) {
            let opened = self
                .get(&Self::piece_name(hash, piece))?
                .and_then(|object| self.sealer.open(&about_piece(hash, piece.at), &object));
            let skip = usize::try_from(bytes.len() as u64 - piece.at).unwrap_or(usize::MAX);
            match opened {
                Some(opened) if opened.len() as u64 == piece.len => {
                    bytes.extend_from_slice(opened.get(skip..).unwrap_or_default());
                }
                // Damaged, or another process is just done with it: what follows is not used, and asked for again.
                _ => return Ok(bytes),
            }
        }
        Ok(bytes)
    }

    fn finish(&self, hash: &Hash, bytes: &[u8], _kept: usize) -> Result<()> {
        let sealed = self.sealed(&about_whole(hash), bytes)?;
        self.put(&file_name(hash), sealed)?;
        if let Err(error) = self.remove_part(hash) {
            // It is whole and safe; the pieces go when it goes, or with `lawang admin attachments --remove-unknown`.
            tracing::warn!(%error, "pieces of an attachment that is whole stay in the bucket");
        }
        Ok(())
    }

    fn remove_part(&self, hash: &Hash) -> Result<()> {
        for piece in self.pieces(hash)? {
            self.delete(&Self::piece_name(hash, piece))?;
        }
        Ok(())
    }

    fn remove_whole(&self, hash: &Hash) -> Result<()> {
        self.delete(&file_name(hash))
    }

    fn len(&self, hash: &Hash) -> Result<Option<u64>> {
        let path = self.path(&file_name(hash));
        let found = self.ask("looking", |store| async move { store.head(&path).await })?;
        Ok(found.map(|meta| meta.size.saturating_sub(OVERHEAD as u64)))
    }

    fn read(&self, hash: &Hash) -> Result<Option<Vec<u8>>> {
        let Some(object) = self.get(&file_name(hash))? else {
            return Ok(None);
        };
        match self.sealer.open(&about_whole(hash), &object) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(self.damaged(hash)),
        }
    }

    fn list(&self, each: &mut dyn FnMut(Kept)) -> Result<()> {
        let found = self.names("", |name, meta| {
            let len = meta.size.saturating_sub(OVERHEAD as u64);
            if let Some(rest) = name.strip_prefix(PARTS) {
                let (hash, piece) = rest.strip_prefix('/')?.split_once('/')?;
                piece_of(piece)?;
                let hash = hex::decode(hash).ok()?.try_into().ok()?;
                let whole = false;
                return Some(Kept { hash, len, whole });
            }
            let hash = hash_of(name)?;
            let whole = true;
            Some(Kept { hash, len, whole })
        })?;
        found.into_iter().for_each(each);
        Ok(())
    }

    fn check(&self, server: &uuid::Uuid, probe: &uuid::Uuid) -> Result<()> {
        self.try_out(probe)?;
        let mine = serde_json::json!({ "format": 1, "server": server.to_string() });
        match self.get(OWNER)? {
            None => {
                self.put(OWNER, mine.to_string().into_bytes())?;
                Ok(())
            }
            Some(found) if serde_json::from_slice(&found).ok() == Some(mine) => Ok(()),
            Some(_) => Err(self.trouble(
                "attachments_of_another",
                "another server keeps its attachments there",
                "every server needs a prefix of its own: --attachments s3://BUCKET/PREFIX",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_count_as_far_as_they_follow_each_other() {
        let piece = |at, len| Piece { at, len };
        let of = |pieces: &[Piece]| chain(pieces);
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[piece(5, 5)]), []);
        assert_eq!(
            of(&[piece(20, 5), piece(0, 10), piece(10, 5)]),
            [piece(0, 10), piece(10, 5)]
        );
        // Two processes took pieces of other lengths at the same place.
        assert_eq!(
            of(&[piece(0, 4), piece(0, 10), piece(4, 9), piece(13, 1)]),
            [piece(0, 10), piece(4, 9), piece(13, 1)]
        );
    }

    #[test]
    fn what_the_store_repeats_of_a_request_is_not_said() {
        #[derive(Debug, thiserror::Error)]
        #[error(
            "Server returned non-2xx status code: 403 Forbidden: <Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIA</AWSAccessKeyId></Error>"
        )]
        struct Denied;
        assert_eq!(said(&Denied), "InvalidAccessKeyId");
        #[derive(Debug, thiserror::Error)]
        #[error("status 502: <html>AKIA</html>")]
        struct Broken;
        assert_eq!(said(&Broken), "status 502");
    }
}

//! What the bytes of an exchange are: each message, and each part of a packed batch.

use lawang_app::{CancelToken, Transport};
use lawang_records::PackedChanges;
use lawang_sync::{
    Envelope, LinkFailure, PackedBatch, Request, SignedBatch, compress, decode, decompress, encode,
};

/// A way to the server that notes what passes.
pub struct Watched<T> {
    pub inner: T,
    /// What was asked, the bytes of question and answer, heads of HTTP apart.
    pub passed: Vec<(&'static str, usize, usize)>,
    /// The largest batch that went as a whole: an encoded [`SignedBatch`].
    pub batch: Vec<u8>,
}

impl<T> Watched<T> {
    pub fn new(inner: T) -> Self {
        Self {
            inner,
            passed: Vec::new(),
            batch: Vec::new(),
        }
    }

    pub fn forget(&mut self) {
        self.passed.clear();
        self.batch.clear();
    }
}

impl<T: Transport> Transport for Watched<T> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let mut request = decode::<Envelope>(message).map(|envelope| envelope.request);
        if let Some(Request::Piece(part)) = &request
            && part.bytes.len() as u64 == part.total
        {
            request = decode(&part.bytes);
        }
        let what = match &request {
            Some(Request::Hello(_)) => "greeting",
            Some(Request::Glance(_)) => "short greeting",
            Some(Request::Push(_)) => "batch",
            Some(Request::Pull(_)) => "pull",
            Some(Request::Check(_)) => "check",
            Some(Request::Rows(_)) => "rows",
            _ => "part",
        };
        if let Some(Request::Push(batch)) = request
            && batch.len() > self.batch.len()
        {
            self.batch = batch.into();
        }
        let answer = self.inner.call(message);
        let down = answer.as_ref().map_or(0, Vec::len);
        self.passed.push((what, message.len(), down));
        answer
    }

    fn pause(&mut self, ms: u64, cancel: &CancelToken) {
        self.inner.pause(ms, cancel);
    }
}

/// Lines of a breakdown: the messages, then what the compressed batch would save without each of its parts.
pub fn breakdown<T>(watched: &Watched<T>) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, up, down) in &watched.passed {
        lines.push(format!("{what:24} {up:>7} B up {down:>7} B down"));
    }
    let Some(signed) = decode::<SignedBatch>(&watched.batch) else {
        return lines;
    };
    let whole = signed.body.len();
    lines.push(format!(
        "{:24} {whole:>7} B compressed, and a signature of 64 B",
        "the batch"
    ));
    let packed = decompress(&signed.body, 4 * 1024 * 1024)
        .filter(|_| signed.packed == Some(true))
        .and_then(|raw| decode::<PackedBatch>(&raw));
    let Some(packed) = packed else {
        lines.push("it went whole, not packed".to_owned());
        return lines;
    };
    let mut part = |name: &str, bytes: usize, without: &PackedBatch| {
        let less = whole.saturating_sub(compress(&encode(without), 19).len());
        lines.push(format!("  {name:22} {less:>7} B of it (of {bytes} B)"));
    };
    let mut without = packed.clone();
    without.households = Vec::new().into();
    without.lengths = None;
    let names = packed.households.len() + packed.lengths.as_ref().map_or(0, |l| l.len());
    part("households", names, &without);
    let mut without = packed.clone();
    without.of = Vec::new().into();
    part("household of each", packed.of.len(), &without);
    for (name, bytes, changes) in decode::<PackedChanges>(&packed.changes)
        .map(|changes| changes.anatomy())
        .unwrap_or_default()
    {
        let mut without = packed.clone();
        without.changes = encode(&changes).into();
        part(&name, bytes, &without);
    }
    lines
}

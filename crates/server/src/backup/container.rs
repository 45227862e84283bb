//! The file around a backup: a small header, then a stream in sealed chunks. Each file has a key of its own, which the
//! header holds sealed with the server's key; so a rewritten file shares nothing with the one before.

use crate::error::{Result, ServerError};
use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use lawang_sync::{decode, encode};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

const MAGIC: &[u8; 16] = b"lawang backup 1\n";
/// Bytes of the stream in a chunk.
const CHUNK: usize = 64 * 1024;
/// What sealing adds to a chunk.
const TAG: usize = 16;
/// The header is far below this.
const MAX_HEADER: u32 = 4096;

/// What stands in clear at the beginning of the file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Header {
    /// The backup's id.
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    wrap_nonce: ByteArray<24>,
    /// The file's key, sealed with the server's.
    #[n(2)]
    key: ByteVec,
    #[n(3)]
    nonce: ByteArray<19>,
}

/// Random bytes for a new file.
pub(super) struct Fresh {
    pub id: [u8; 16],
    pub key: [u8; 32],
    pub wrap_nonce: [u8; 24],
    pub nonce: [u8; 19],
}

fn wrapper(server_key: &[u8; 32]) -> XChaCha20Poly1305 {
    let key: [u8; 32] = Sha256::new()
        .chain_update(b"lawang backup key\0")
        .chain_update(server_key)
        .finalize()
        .into();
    XChaCha20Poly1305::new(&Key::from(key))
}

fn not_a_backup() -> ServerError {
    ServerError::refused("not_a_backup", "the file is no backup of a Lawang server")
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the backup is damaged")
}

/// Seals what is written.
pub(super) struct Sealing<W: Write> {
    out: W,
    header: Vec<u8>,
    stream: Option<EncryptorBE32<XChaCha20Poly1305>>,
    buffer: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    pub(super) fn begin(mut out: W, server_key: &[u8; 32], fresh: &Fresh) -> Result<Self> {
        let key = wrapper(server_key)
            .encrypt(
                &XNonce::from(fresh.wrap_nonce),
                Payload {
                    msg: &fresh.key,
                    aad: &fresh.id,
                },
            )
            .map_err(|_| ServerError::Damaged("a key cannot be sealed".into()))?;
        let header = encode(&Header {
            id: fresh.id.into(),
            wrap_nonce: fresh.wrap_nonce.into(),
            key: key.into(),
            nonce: fresh.nonce.into(),
        });
        out.write_all(MAGIC)?;
        let len = u32::try_from(header.len()).unwrap_or(u32::MAX);
        out.write_all(&len.to_be_bytes())?;
        out.write_all(&header)?;
        let cipher = XChaCha20Poly1305::new(&Key::from(fresh.key));
        Ok(Self {
            out,
            header,
            stream: Some(EncryptorBE32::from_aead(cipher, &fresh.nonce.into())),
            buffer: Vec::with_capacity(CHUNK),
        })
    }

    /// Seals the last chunk and gives the writer back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let stream = self.stream.take().ok_or_else(damaged)?;
        let chunk = Payload {
            msg: &self.buffer,
            aad: &self.header,
        };
        let sealed = stream.encrypt_last(chunk).map_err(|_| damaged())?;
        self.out.write_all(&sealed)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is only sealed when more comes: the last one is sealed as the last.
        if self.buffer.len() == CHUNK {
            let stream = self.stream.as_mut().ok_or_else(damaged)?;
            let chunk = Payload {
                msg: &self.buffer,
                aad: &self.header,
            };
            let sealed = stream.encrypt_next(chunk).map_err(|_| damaged())?;
            self.out.write_all(&sealed)?;
            self.buffer.clear();
        }
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what is read; a file that was altered or cut off is an error, never a short one.
pub(super) struct Opening<R: Read> {
    from: R,
    header: Vec<u8>,
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    plain: Vec<u8>,
    at: usize,
    /// Sealed bytes that were read ahead: whether a chunk is the last is known only when nothing follows.
    ahead: Vec<u8>,
    pub(super) id: [u8; 16],
}

impl<R: Read> Opening<R> {
    pub(super) fn begin(mut from: R, server_key: &[u8; 32]) -> Result<Self> {
        let mut magic = [0; 16];
        let mut len = [0; 4];
        from.read_exact(&mut magic).map_err(|_| not_a_backup())?;
        from.read_exact(&mut len).map_err(|_| not_a_backup())?;
        let len = u32::from_be_bytes(len);
        if magic != *MAGIC || len > MAX_HEADER {
            return Err(not_a_backup());
        }
        let mut bytes = vec![0; len as usize];
        from.read_exact(&mut bytes).map_err(|_| not_a_backup())?;
        let header: Header = decode(&bytes).ok_or_else(not_a_backup)?;
        let key: [u8; 32] = wrapper(server_key)
            .decrypt(
                &XNonce::from(*header.wrap_nonce),
                Payload {
                    msg: &header.key,
                    aad: header.id.as_slice(),
                },
            )
            .ok()
            .and_then(|key| key.try_into().ok())
            .ok_or_else(|| {
                ServerError::refused("wrong_server_key", "the key file does not open this backup")
                    .hint("name the safe copy of server.key with --key-file")
            })?;
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        let mut opening = Self {
            stream: Some(DecryptorBE32::from_aead(cipher, &(*header.nonce).into())),
            id: *header.id,
            header: bytes,
            plain: Vec::new(),
            at: 0,
            ahead: Vec::new(),
            from,
        };
        opening.fill()?;
        Ok(opening)
    }

    /// Reads one sealed chunk ahead.
    fn fill(&mut self) -> io::Result<()> {
        self.ahead.clear();
        (&mut self.from)
            .take((CHUNK + TAG) as u64)
            .read_to_end(&mut self.ahead)?;
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.plain.len() {
            let Some(mut stream) = self.stream.take() else {
                return Ok(0);
            };
            let sealed = std::mem::take(&mut self.ahead);
            self.fill()?;
            let chunk = Payload {
                msg: &sealed,
                aad: &self.header,
            };
            self.plain = if self.ahead.is_empty() {
                stream.decrypt_last(chunk).map_err(|_| damaged())?
            } else {
                let plain = stream.decrypt_next(chunk).map_err(|_| damaged())?;
                self.stream = Some(stream);
                plain
            };
            self.at = 0;
        }
        let rest = self.plain.get(self.at..).unwrap_or_default();
        let taken = rest.len().min(into.len());
        into[..taken].copy_from_slice(&rest[..taken]);
        self.at += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Fresh = Fresh {
        id: [1; 16],
        key: [2; 32],
        wrap_nonce: [3; 24],
        nonce: [4; 19],
    };

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::begin(Vec::new(), &[9; 32], &FRESH).unwrap();
        sealing.write_all(plain).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut plain = Vec::new();
        Opening::begin(bytes, &[9; 32])?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn what_was_sealed_comes_out_whatever_its_length() {
        for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
            let plain: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            assert!(opened(&sealed(&plain)).unwrap() == plain, "{len}");
        }
    }

    #[test]
    fn a_cut_or_altered_file_is_never_taken_for_a_whole_one() {
        let plain = vec![5; 2 * CHUNK + 100];
        let good = sealed(&plain);
        for at in [0, 17, 30, 80, 200, good.len() / 2, good.len() - 1] {
            let mut bent = good.clone();
            bent[at] ^= 1;
            assert!(opened(&bent).is_err(), "byte {at}");
        }
        // Also exactly between two chunks.
        let header = good.len() - (plain.len() + 3 * TAG);
        for end in [
            10,
            header,
            header + CHUNK + TAG,
            header + 2 * (CHUNK + TAG),
            good.len() - 1,
        ] {
            assert!(opened(&good[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(
            Opening::begin(good.as_slice(), &[8; 32])
                .err()
                .unwrap()
                .code(),
            "wrong_server_key"
        );
        assert_eq!(
            opened(b"something else entirely").unwrap_err().code(),
            "not_a_backup"
        );
    }
}

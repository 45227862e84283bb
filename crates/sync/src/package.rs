//! A published questionnaire with the files that it refers to, as it travels and is kept.

use crate::{compress, decode, decompress, encode};
use minicbor::{Decode, Encode, bytes::ByteVec};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Largest package before compression: what a phone can hold twice in memory.
pub const MAX_PACKAGE: usize = 32 * 1024 * 1024;
/// Above this size the highest compression takes minutes for pictures that do not get smaller.
const SMALL: usize = 2 * 1024 * 1024;

/// A questionnaire with its files. Its encoding is canonical (files in the order of their names), so equal
/// content has equal bytes and an equal hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Package {
    /// The questionnaire's identifier.
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub version: String,
    /// Name of the questionnaire's own file: the identifier with the kind of file.
    #[n(2)]
    pub name: String,
    /// The questionnaire's own file.
    #[n(3)]
    pub form: ByteVec,
    /// Data and media that it refers to, by name.
    #[n(4)]
    pub files: BTreeMap<String, ByteVec>,
}

/// The bytes are not the package that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not the questionnaire that was announced")]
pub struct PackageError;

impl Package {
    /// SHA-256 of the encoding: what names the content.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(encode(self)).into()
    }

    /// Bytes before compression.
    pub fn size(&self) -> usize {
        self.form.len() + self.files.values().map(|f| f.len()).sum::<usize>()
    }

    /// The package as it is kept and sent: one zstd frame.
    pub fn pack(&self) -> Vec<u8> {
        let raw = encode(self);
        compress(&raw, if raw.len() <= SMALL { 19 } else { 6 })
    }

    /// Reads what [`Package::pack`] made, if it has this hash.
    ///
    /// # Errors
    /// [`PackageError`]: cut, altered, another one, or larger than [`MAX_PACKAGE`].
    pub fn unpack(body: &[u8], hash: &[u8; 32]) -> Result<Self, PackageError> {
        // Names and lengths take a little room besides the files.
        let raw = decompress(body, MAX_PACKAGE + 1024 * 1024).ok_or(PackageError)?;
        if Sha256::digest(&raw)[..] != hash[..] {
            return Err(PackageError);
        }
        decode(&raw).ok_or(PackageError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> Package {
        Package {
            id: "needs".into(),
            version: "1".into(),
            name: "needs.xlsx".into(),
            form: b"a workbook".to_vec().into(),
            files: [("shops.csv".to_owned(), b"name,label\n".to_vec().into())].into(),
        }
    }

    #[test]
    fn a_package_comes_out_as_it_went_in_and_no_other_passes_for_it() {
        let package = package();
        let (body, hash) = (package.pack(), package.hash());
        assert_eq!(Package::unpack(&body, &hash), Ok(package.clone()));
        let mut other = package;
        other.files.clear();
        assert_ne!(other.hash(), hash);
        assert_eq!(Package::unpack(&other.pack(), &hash), Err(PackageError));
        for cut in 0..body.len() {
            assert_eq!(Package::unpack(&body[..cut], &hash), Err(PackageError));
        }
    }

    #[test]
    fn a_small_package_that_would_inflate_to_a_gigabyte_is_refused() {
        let bomb = compress(&vec![0; MAX_PACKAGE + 2 * 1024 * 1024], 1);
        assert!(bomb.len() < 64 * 1024);
        assert_eq!(Package::unpack(&bomb, &[0; 32]), Err(PackageError));
    }
}

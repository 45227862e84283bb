//! Codes that make a device a device of this server.

use crate::{
    devices::{join, split},
    error::{Result, ServerError},
    household::{int, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, Role, VillageCode};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Crockford's base 32: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 10;
const HOUR: u64 = 3_600_000;
/// A month: longer ones would be passwords.
const MAX_HOURS: u64 = 24 * 31;

/// A code, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// `XXXXX-XXXXX`.
    pub code: String,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}

/// What a device asks with.
#[derive(Debug, Clone)]
pub struct EnrolRequest {
    /// As typed.
    pub code: String,
    /// ed25519.
    pub public_key: [u8; 32],
    /// Program and version.
    pub app: String,
}

/// What a device becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Its id from now on.
    pub device: DeviceId,
    /// The person it was given to.
    pub person: String,
    /// What that person may do.
    pub role: Role,
    /// Where.
    pub villages: Vec<VillageCode>,
}

/// The code as typed, without dashes and blanks, `O` read as `0`, `I` and `L` as `1`.
fn normalise(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .take(LENGTH + 1)
        .collect();
    let right = code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b));
    right.then_some(code)
}

fn hash(code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"lawang enrolment\0")
        .chain_update(code)
        .finalize()
        .into()
}

/// The hash under which a code as typed is kept.
pub(crate) fn hash_of(typed: &str) -> Option<[u8; 32]> {
    normalise(typed).map(|code| hash(&code))
}

struct Known {
    person: String,
    role: String,
    villages: String,
    expires: u64,
    used_by: Option<[u8; 16]>,
}

fn find(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Option<Known>> {
    tx.optional(
        "SELECT person, role, villages, expires_at, used_by FROM enrolment_code WHERE hash = ?1",
        params![hash],
        |r| {
            Ok(Known {
                person: r.get(0)?,
                role: r.get(1)?,
                villages: r.get(2)?,
                expires: unsigned(r.get(3)?),
                used_by: r.get(4)?,
            })
        },
    )
}

impl Server {
    /// Makes a code for one device of one person.
    ///
    /// # Errors
    /// `missing_name`, `no_villages`, `unknown_village`, `wrong_hours`.
    pub fn make_code(
        &self,
        person: &str,
        role: Role,
        villages: &[VillageCode],
        hours: u64,
        now: u64,
    ) -> Result<EnrolmentCode> {
        let person = person.trim();
        if person.is_empty() || person.chars().count() > 100 {
            return Err(ServerError::refused(
                "missing_name",
                "the person's name has 1 to 100 characters",
            ));
        }
        if hours == 0 || hours > MAX_HOURS {
            return Err(ServerError::refused(
                "wrong_hours",
                format!("a code is valid for 1 to {MAX_HOURS} hours"),
            ));
        }
        let mut villages = villages.to_vec();
        villages.sort_unstable();
        villages.dedup();
        if villages.is_empty() {
            return Err(ServerError::refused(
                "no_villages",
                "name at least one village",
            ));
        }
        let unknown = villages
            .iter()
            .find(|v| !lawang_prelist::regions::village_exists(v));
        if let Some(village) = unknown {
            return Err(ServerError::refused(
                "unknown_village",
                format!("there is no village {village} in the list of Kemendagri"),
            ));
        }
        let random: [u8; LENGTH] = self.entropy.bytes()?;
        let code: String = random
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
            .collect();
        let expires_ms = now + hours * HOUR;
        self.store.write(|tx| {
            tx.execute(
                "INSERT INTO enrolment_code (hash, person, role, villages, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    hash(&code),
                    person,
                    role.as_str(),
                    join(&villages),
                    int(now),
                    int(expires_ms)
                ],
            )?;
            Ok(())
        })?;
        Ok(EnrolmentCode {
            code: format!("{}-{}", &code[..5], &code[5..]),
            expires_ms,
        })
    }

    /// Enrols a device. The device that used a code may ask again with the same key: its answer got lost.
    ///
    /// # Errors
    /// `wrong_code`, `used_code`, `expired_code`.
    pub fn enrol(&self, request: &EnrolRequest, now: u64) -> Result<Enrolled> {
        let wrong = || {
            ServerError::refused("wrong_code", "there is no such code")
                .hint("check the ten characters, or ask the office for a new code")
        };
        let code = hash(&normalise(&request.code).ok_or_else(wrong)?);
        let fresh = DeviceId(self.entropy.uuid()?);
        self.store.write(|tx| {
            let known = find(tx, &code)?.ok_or_else(wrong)?;
            let role: Role = known
                .role
                .parse()
                .map_err(|_| ServerError::Damaged("a code's role".into()))?;
            let mut enrolled = Enrolled {
                device: fresh,
                person: known.person,
                role,
                villages: split(&known.villages),
            };
            if let Some(device) = known.used_by {
                let key: [u8; 32] = tx.one(
                    "SELECT public_key FROM device WHERE id = ?1",
                    params![device],
                    |r| r.get(0),
                )?;
                if key != request.public_key {
                    return Err(
                        ServerError::refused("used_code", "this code was used already")
                            .hint("ask the office for a new code"),
                    );
                }
                enrolled.device = DeviceId(Uuid::from_bytes(device));
                return Ok(enrolled);
            }
            if now >= known.expires {
                return Err(
                    ServerError::refused("expired_code", "this code is no longer valid")
                        .hint("ask the office for a new code"),
                );
            }
            let app: String = request.app.chars().take(80).collect();
            tx.execute(
                "INSERT INTO device (id, public_key, person, role, villages, app, enrolled_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    fresh.as_bytes(),
                    request.public_key,
                    enrolled.person,
                    enrolled.role.as_str(),
                    known.villages,
                    app,
                    int(now)
                ],
            )?;
            tx.execute(
                "UPDATE enrolment_code SET used_at = ?2, used_by = ?3 WHERE hash = ?1",
                params![code, int(now), fresh.as_bytes()],
            )?;
            Ok(enrolled)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(normalise(" 7kq2m-oi8lz "), Some("7KQ2M0181Z".into()));
        assert_eq!(normalise("7KQ2M-0181"), None);
        assert_eq!(normalise("7KQ2M-0181ZZ"), None);
        assert_eq!(normalise("7KQ2M-018UZ"), None);
        assert_eq!(normalise("7KQ2M-018éZ"), None);
    }
}

//! Enrolled devices, as every request looks them up.

use crate::{
    error::{Result, ServerError},
    household::{int, unsigned},
    store::{Tx, params},
};
use lawang_domain::{DeviceId, Role, VillageCode};

/// A device with what it may do.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub id: DeviceId,
    pub public_key: [u8; 32],
    pub person: String,
    pub role: Role,
    pub villages: Vec<VillageCode>,
    /// Of its last exchange.
    pub incarnation: Option<Vec<u8>>,
    /// When its last exchange ended in agreement, milliseconds since 1970.
    pub last_agreed: Option<u64>,
}

impl Device {
    /// Whether the device gets this village.
    pub(crate) fn covers(&self, village: &str) -> bool {
        village
            .parse()
            .is_ok_and(|code: VillageCode| self.villages.contains(&code))
    }
}

/// Codes as stored: joined by commas.
pub(crate) fn join(villages: &[VillageCode]) -> String {
    let codes: Vec<String> = villages.iter().map(ToString::to_string).collect();
    codes.join(",")
}

/// The reverse of [`join`]; codes that this program cannot read are left out.
pub(crate) fn split(text: &str) -> Vec<VillageCode> {
    text.split(',').filter_map(|c| c.parse().ok()).collect()
}

/// The device.
///
/// # Errors
/// `unknown_device`, `revoked`.
pub(crate) fn find(tx: &Tx<'_>, id: DeviceId) -> Result<Device> {
    let found = tx.optional(
        "SELECT public_key, person, role, villages, incarnation, revoked_at, last_agreed
             FROM device WHERE id = ?1",
        params![id.as_bytes()],
        |r| {
            Ok((
                r.get::<[u8; 32]>(0)?,
                r.get::<String>(1)?,
                r.get::<String>(2)?,
                r.get::<String>(3)?,
                r.get::<Option<Vec<u8>>>(4)?,
                r.get::<Option<i64>>(5)?,
                r.get::<Option<i64>>(6)?.map(unsigned),
            ))
        },
    )?;
    let Some((public_key, person, role, villages, incarnation, revoked, last_agreed)) = found
    else {
        return Err(ServerError::refused(
            "unknown_device",
            "this device is not enrolled here",
        ));
    };
    if revoked.is_some() {
        return Err(ServerError::refused("revoked", "this device was revoked"));
    }
    Ok(Device {
        id,
        public_key,
        person,
        role: role
            .parse()
            .map_err(|_| ServerError::Damaged("a device's role".into()))?,
        villages: split(&villages),
        incarnation,
        last_agreed,
    })
}

/// The device's exchange ended in agreement.
pub(crate) fn agreed(tx: &Tx<'_>, id: DeviceId, now: u64) -> Result<()> {
    tx.execute(
        "UPDATE device SET last_agreed = ?2 WHERE id = ?1",
        params![id.as_bytes(), int(now)],
    )?;
    Ok(())
}

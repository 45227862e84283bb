//! What the device, the form and chance give.

use super::super::Expr;
use super::super::eval::{Env, Spot};
use super::super::value::Value;
use super::java_int;
use crate::functions::Function as F;

/// Names that `property()` knows; `uri:` before them is an older spelling of ODK Collect. What the
/// device does not know is empty.
pub(in crate::expr) const PROPERTIES: &[&str] = &[
    "deviceid",
    "username",
    "phonenumber",
    "email",
    "simserial",
    "subscriberid",
    "uri:deviceid",
    "uri:username",
    "uri:phonenumber",
    "uri:email",
    "uri:simserial",
    "uri:subscriberid",
];

/// Longest text of `uuid(length)`.
const MAX_RANDOM_TEXT: i32 = 10_000;

impl Env<'_> {
    pub(super) fn session(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        match function {
            F::Random => Value::Number(self.random_fraction()),
            F::Version => Value::Text(self.form.version.clone()),
            F::Property => {
                let name = self.cow(&args[0], spot);
                Value::Text(match name.strip_prefix("uri:").unwrap_or(&name) {
                    "deviceid" => self.context.device_id.clone(),
                    "username" => self.context.username.clone(),
                    other => self.context.property(other),
                })
            }
            _ => match args.first() {
                None => {
                    let (high, low) = (self.next_random(), self.next_random());
                    let bits = (u128::from(high) << 64) | u128::from(low);
                    let uuid = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
                    Value::Text(uuid.to_string())
                }
                Some(length) => {
                    let length = java_int(self.number(length, spot)).min(MAX_RANDOM_TEXT);
                    let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
                    let letter = |_| {
                        let index = (self.random_fraction() * letters.len() as f64) as usize;
                        char::from(letters[index.min(letters.len() - 1)])
                    };
                    Value::Text((0..length.max(0)).map(letter).collect())
                }
            },
        }
    }

    /// From 0 up to 1.
    pub(super) fn random_fraction(&self) -> f64 {
        (self.next_random() >> 11) as f64 / (1u64 << 53) as f64
    }
}

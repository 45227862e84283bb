//! The register's vocabulary, pure: no JSON, no SQL, no network, no clock.

mod field_path;
mod ids;

pub use field_path::{FieldPath, FieldPathError};
pub use ids::{DeviceId, HouseholdId, InstanceId, NAMESPACE_LAWANG};

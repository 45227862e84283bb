//! The same server, from outside, on PostgreSQL: what holds on the embedded engine holds there.

#![allow(clippy::unwrap_used)] // A test may panic.

#[path = "../server/admin.rs"]
mod admin;
#[path = "../server/attachments.rs"]
mod attachments;
#[allow(dead_code)]
#[path = "../server/bucket.rs"]
mod bucket;
#[path = "../server/cluster.rs"]
mod cluster;
#[path = "../server/common.rs"]
mod common;
#[path = "../server/enrolment.rs"]
mod enrolment;
#[path = "../server/evidence.rs"]
mod evidence;
#[path = "../server/exchange.rs"]
mod exchange;
#[path = "../server/findings/mod.rs"]
mod findings;
#[path = "../server/findings_truth.rs"]
mod findings_truth;
#[path = "../server/forge.rs"]
mod forge;
#[path = "../server/forms.rs"]
mod forms;
#[path = "../server/hostile.rs"]
mod hostile;
#[path = "../server/http.rs"]
mod http;
#[path = "../server/moves.rs"]
mod moves;
#[path = "../server/packed.rs"]
mod packed;
#[path = "../server/photos.rs"]
mod photos;
#[path = "../server/photos_down.rs"]
mod photos_down;
#[path = "../server/prelist.rs"]
mod prelist;
#[path = "../server/refusals.rs"]
mod refusals;
#[path = "../server/restart.rs"]
mod restart;
#[path = "../server/restriction.rs"]
mod restriction;

//! The server from outside: in memory, on disk, and over real HTTP.

#![allow(clippy::unwrap_used)] // A test may panic.

mod admin;
mod attachments;
#[allow(dead_code)]
mod bucket;
#[allow(dead_code)]
mod cluster;
mod common;
mod enrolment;
mod evidence;
mod exchange;
mod findings;
mod findings_truth;
mod forge;
mod forms;
mod hostile;
mod http;
mod moves;
mod packed;
mod photos;
mod photos_down;
mod prelist;
mod refusals;
mod restart;
mod restriction;

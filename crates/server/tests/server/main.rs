//! The server from outside: in memory, on disk, and over real HTTP.

mod admin;
mod common;
mod enrolment;
mod exchange;
mod http;
mod photos;
mod prelist;
mod refusals;
mod restart;

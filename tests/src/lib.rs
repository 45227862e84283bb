//! What the tests share: a seeded world of one server and devices, and a network with faults.

pub mod chance;
pub mod chaos;
pub mod forms;
pub mod hubs;
pub mod network;
pub mod people;
pub mod picture;
pub mod prelist;
pub mod processes;
pub mod revisit;
pub mod served;
pub mod visits;
pub mod world;

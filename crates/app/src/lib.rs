//! Use cases of the device: what a person does, one file a group.

pub mod views;

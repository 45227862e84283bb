//! The seam to the core: the only file of the shell that names it.

pub(crate) use lawang_ipc::Host;

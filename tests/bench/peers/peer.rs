//! What the run asks of everybody.

use crate::input::Visit;
use std::{net::SocketAddr, time::Duration};

/// Which way data have to go in a step. A peer may leave out the other one; Lawang always does both and compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
    Both,
    /// Both, and nobody measures it: what was not touched since the last time may be left out.
    Settle,
}

/// One field as a device sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The value that everybody reads.
    pub shown: String,
    /// Values that a list of conflicts of the product itself shows beside it.
    pub listed: Vec<String>,
    /// Values that only somebody finds who asks for losing revisions of just this document or field.
    pub buried: Vec<String>,
}

/// A server with the register, and devices that are reached by name. All traffic goes through the proxy.
pub trait Peer {
    fn name(&self) -> &'static str;
    /// Where the server listens.
    fn server(&self) -> Result<SocketAddr, String>;
    /// A device with nothing on it.
    fn device_new(&mut self, name: &str) -> Result<(), String>;
    /// Saves visits one after the other on the device's disk, so many milliseconds of the work's clock apart.
    fn edit(&mut self, name: &str, visits: &[Visit], pauses: &[i64]) -> Result<(), String>;
    /// Exchanges until done; false when that took longer than the limit.
    fn sync(&mut self, name: &str, way: Way, limit: Duration) -> Result<bool, String>;
    /// Why the last [`Peer::sync`] was not done; empty where nobody knows more than that time was over.
    fn why(&mut self) -> String {
        String::new()
    }
    /// Looks at what the visits wrote to.
    fn look(&mut self, name: &str, visits: &[Visit]) -> Result<Vec<Look>, String>;
    /// Households on the device.
    fn households(&mut self, name: &str) -> Result<usize, String>;
    /// What the bytes of the device's last exchange were, in lines for people; nothing where nobody knows.
    fn breakdown(&mut self, _: &str) -> Vec<String> {
        Vec::new()
    }
    /// Seconds of [`Peer::sync`] in which it only waited to see that nothing more came.
    fn waited(&mut self) -> f64 {
        0.0
    }
}

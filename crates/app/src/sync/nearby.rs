//! Hubs on the local network, found without an address: DNS service discovery over multicast (RFC 6762, 6763).
//! What is found is only an address; trust comes from the district's word (see `pinned`).

use crate::error::AppError;
use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

const SERVICE: &str = "_lawang._tcp.local.";

/// A hub's name on the network, as long as this lives.
pub struct Advertisement {
    daemon: ServiceDaemon,
}

impl Drop for Advertisement {
    fn drop(&mut self) {
        // The network forgets the name by itself; saying goodbye is only faster.
        let _ = self.daemon.shutdown();
    }
}

fn failed(error: &mdns_sd::Error) -> AppError {
    AppError::new("no_multicast", error.to_string())
}

/// Tells the local network where a hub is. `id`: a short name that no other hub has. `address`: where it listens; the
/// unspecified address stands for all of this machine's.
///
/// # Errors
/// `no_multicast`: the network or the system does not allow it; devices then need the address or the code.
pub fn advertise(id: &str, address: SocketAddr, tls: bool) -> Result<Advertisement, AppError> {
    let daemon = ServiceDaemon::new().map_err(|e| failed(&e))?;
    let host = format!("lawang-{id}.local.");
    let ip = if address.ip().is_unspecified() {
        String::new()
    } else {
        address.ip().to_string()
    };
    let properties = [("tls", if tls { "1" } else { "0" })];
    let mut info = ServiceInfo::new(
        SERVICE,
        &format!("lawang-{id}"),
        &host,
        ip.as_str(),
        address.port(),
        &properties[..],
    )
    .map_err(|e| failed(&e))?;
    if ip.is_empty() {
        info = info.enable_addr_auto();
    }
    if address.ip().is_loopback() {
        // Left out by default; a hub that listens there is found by devices on the same machine.
        daemon
            .enable_interface(mdns_sd::IfKind::LoopbackV4)
            .map_err(|e| failed(&e))?;
    }
    daemon.register(info).map_err(|e| failed(&e))?;
    Ok(Advertisement { daemon })
}

/// Addresses of hubs that answer within a time; none when the network does not allow to ask.
pub fn hubs_nearby(patience: Duration) -> Vec<String> {
    let found = || -> Result<Vec<String>, mdns_sd::Error> {
        let daemon = ServiceDaemon::new()?;
        daemon.enable_interface(mdns_sd::IfKind::LoopbackV4)?;
        let events = daemon.browse(SERVICE)?;
        let mut addresses = Vec::new();
        // Whoever is there answers at once; later ones are waited for as long as nobody was heard.
        while let Ok(event) = events.recv_timeout(if addresses.is_empty() {
            patience
        } else {
            Duration::from_millis(300)
        }) {
            if let ServiceEvent::ServiceResolved(service) = event {
                let scheme = match service.get_property_val_str("tls") {
                    Some("0") => "http",
                    _ => "https",
                };
                for address in service.get_addresses_v4() {
                    let at = SocketAddr::new(IpAddr::V4(address), service.get_port());
                    addresses.push(format!("{scheme}://{at}"));
                }
            }
        }
        let _ = daemon.shutdown();
        Ok(addresses)
    };
    found().unwrap_or_else(|error| {
        tracing::warn!(%error, "hubs on the network cannot be looked for");
        Vec::new()
    })
}

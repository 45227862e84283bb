//! A hub makes itself known: by multicast DNS on its network, and by a QR code for people.

use crate::error::CliError;
use lawang_server::Server;
use lawang_sync::{HUB_SERVICE, HubCertificate, decode, hub_text};
use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use qrcode::{EcLevel, QrCode, render::svg, render::unicode::Dense1x2};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// The announcement of a hub on its network; it ends with it.
pub struct Announcement {
    daemon: Option<ServiceDaemon>,
    listen: SocketAddr,
    said: Option<(String, String)>,
}

impl Announcement {
    /// Prepares; nothing is said before the hub has a name. `wanted`: false says nothing, ever.
    pub fn new(listen: SocketAddr, wanted: bool) -> Self {
        let daemon = wanted.then(ServiceDaemon::new).and_then(|started| {
            started
                .inspect_err(|error| tracing::warn!(%error, "the hub cannot announce itself"))
                .ok()
        });
        Self {
            daemon,
            listen,
            said: None,
        }
    }

    /// Says what the hub is called, if it has a certificate and it was not said yet.
    pub fn refresh(&mut self, server: &Server) {
        let Some(daemon) = &self.daemon else { return };
        let certificate = server
            .hub_certificate()
            .ok()
            .flatten()
            .and_then(|bytes| decode::<HubCertificate>(&bytes));
        let Some(certificate) = certificate else {
            return;
        };
        if self
            .said
            .as_ref()
            .is_some_and(|(name, _)| *name == certificate.name)
        {
            return;
        }
        match self.info(&certificate) {
            Ok(info) => {
                let fullname = info.get_fullname().to_owned();
                if let Some((_, old)) = &self.said {
                    // Whoever still asks for the old name learns that it is gone.
                    let _ = daemon.unregister(old);
                }
                match daemon.register(info) {
                    Ok(()) => self.said = Some((certificate.name, fullname)),
                    Err(error) => tracing::warn!(%error, "the hub cannot announce itself"),
                }
            }
            Err(error) => tracing::warn!(%error, "the hub cannot announce itself"),
        }
    }

    fn info(&self, certificate: &HubCertificate) -> mdns_sd::Result<ServiceInfo> {
        let id = hex::encode(&certificate.hub[..4]);
        let district = uuid::Uuid::from_bytes(*certificate.district).to_string();
        let name: String = certificate.name.chars().take(80).collect();
        let text = [
            (hub_text::VERSION, "1"),
            (hub_text::DISTRICT, district.as_str()),
            (hub_text::NAME, name.as_str()),
        ];
        // Names of services have at most 63 bytes; the people's name stands in the text.
        let (instance, host) = (format!("lawang-{id}"), format!("lawang-hub-{id}.local."));
        let port = self.listen.port();
        let ip = self.listen.ip();
        if ip.is_unspecified() {
            return Ok(
                ServiceInfo::new(HUB_SERVICE, &instance, &host, "", port, &text[..])?
                    .enable_addr_auto(),
            );
        }
        let mut info = ServiceInfo::new(HUB_SERVICE, &instance, &host, ip, port, &text[..])?;
        info.set_interfaces(vec![IfKind::Addr(ip)]);
        Ok(info)
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let Some(daemon) = self.daemon.take() else {
            return;
        };
        if let Some((_, name)) = &self.said
            && let Ok(done) = daemon.unregister(name)
        {
            let _ = done.recv_timeout(std::time::Duration::from_secs(1));
        }
        let _ = daemon.shutdown();
    }
}

/// The address under which others reach this machine: where a packet to somewhere else would leave it. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    // Private address ranges and one for documentation: a route is all that is asked for.
    for far in ["10.255.255.255:9", "192.168.255.255:9", "203.0.113.1:9"] {
        let Ok(socket) = UdpSocket::bind("0.0.0.0:0") else {
            continue;
        };
        if socket.connect(far).is_ok()
            && let Ok(address) = socket.local_addr()
            && !address.ip().is_loopback()
            && !address.ip().is_unspecified()
        {
            return Some(address.ip());
        }
    }
    None
}

/// The address to give to others for what listens here.
pub fn reachable(url: &str, listen: SocketAddr) -> String {
    if !listen.ip().is_unspecified() {
        return url.to_owned();
    }
    match own_address() {
        Some(IpAddr::V4(ip)) => format!("https://{ip}:{}", listen.port()),
        Some(IpAddr::V6(ip)) => format!("https://[{ip}]:{}", listen.port()),
        None => url.to_owned(),
    }
}

fn code(text: &str) -> Result<QrCode, CliError> {
    QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| CliError::new("no_code", error.to_string()))
}

/// A QR code of half blocks, for a terminal with a dark ground.
pub fn terminal_code(text: &str) -> Result<String, CliError> {
    Ok(code(text)?
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build())
}

/// A QR code to print, as SVG.
pub fn printed_code(text: &str) -> Result<String, CliError> {
    Ok(code(text)?
        .render::<svg::Color<'_>>()
        .min_dimensions(360, 360)
        .build())
}

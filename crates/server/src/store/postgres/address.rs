//! Where a PostgreSQL database is, and how the way to it is kept private.

use crate::error::{Result, ServerError};
use percent_encoding::percent_decode_str;
use postgres::config::{Host, SslMode};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a server that does not answer is waited for.
const CONNECT: Duration = Duration::from_secs(10);
/// A connection whose other end is gone is noticed after about so long.
const GONE: Duration = Duration::from_secs(30);

/// A database's address. The password in it is in no message.
pub(in crate::store) struct Address {
    config: postgres::Config,
    tls: Option<MakeRustlsConnect>,
    said: String,
}

fn bad(words: &str) -> ServerError {
    ServerError::refused("bad_database_url", words.to_owned()).hint(
        "write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE; for a database on another machine the connection \
         is encrypted, and sslrootcert=FILE names who vouches for it",
    )
}

impl Address {
    /// Reads a URL. To another machine only TLS with a certificate that fits the name, unless the URL says
    /// `sslmode=disable`: that is for networks that nobody else is on.
    ///
    /// # Errors
    /// `bad_database_url`, without a word of the URL: a password may stand anywhere in it.
    pub(in crate::store) fn parse(url: &str) -> Result<Self> {
        if !(url.starts_with("postgresql://") || url.starts_with("postgres://")) {
            return Err(bad("the database's address is no URL of PostgreSQL"));
        }
        let (start, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root) = (None, None);
        let mut rest = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => {
                    let path = percent_decode_str(value).decode_utf8();
                    let path = path.map_err(|_| bad("sslrootcert is no path"))?;
                    root = Some(PathBuf::from(path.into_owned()));
                }
                _ => rest.push(part),
            }
        }
        let plain = match rest.is_empty() {
            true => start.to_owned(),
            false => format!("{start}?{}", rest.join("&")),
        };
        let mut config: postgres::Config = plain
            .parse()
            .map_err(|_| bad("the database's address cannot be read"))?;
        if config.get_dbname().is_none() {
            return Err(bad("the database's address names no database"));
        }
        let local = config.get_hosts().iter().all(is_local);
        let encrypted = match mode {
            None => !local,
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(_) => {
                return Err(bad(
                    "of sslmode there are disable, require and verify-full; the last two are the same here",
                ));
            }
        };
        config
            .ssl_mode(if encrypted {
                SslMode::Require
            } else {
                SslMode::Disable
            })
            .connect_timeout(CONNECT)
            .keepalives_idle(GONE)
            .tcp_user_timeout(GONE)
            .application_name("lawang");
        let tls = match encrypted {
            true => Some(MakeRustlsConnect::new(trust(root)?)),
            false => None,
        };
        let said = said(&config);
        Ok(Self { config, tls, said })
    }

    /// Host and database, for messages.
    pub(in crate::store) fn said(&self) -> &str {
        &self.said
    }

    /// Whether what goes over the network can be read on the way.
    pub(in crate::store) fn in_the_clear(&self) -> bool {
        self.tls.is_none() && !self.config.get_hosts().iter().all(is_local)
    }

    pub(super) fn connect(&self) -> std::result::Result<postgres::Client, postgres::Error> {
        match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(postgres::NoTls),
        }
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback())
        }
    }
}

fn said(config: &postgres::Config) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .zip(config.get_ports().iter().chain(std::iter::repeat(&5432)))
        .map(|(host, port)| match host {
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
            Host::Tcp(name) => format!("{name}:{port}"),
        })
        .collect();
    format!(
        "{}/{}",
        hosts.join(","),
        config.get_dbname().unwrap_or_default()
    )
}

/// Whose certificates are believed: those of the file, or those that the system trusts.
fn trust(root: Option<PathBuf>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match root {
        Some(path) => {
            let unreadable =
                || bad("the file of sslrootcert holds no certificate that can be read");
            let all = CertificateDer::pem_file_iter(path).map_err(|_| unreadable())?;
            for certificate in all {
                let certificate = certificate.map_err(|_| unreadable())?;
                roots.add(certificate).map_err(|_| unreadable())?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    if roots.is_empty() {
        return Err(bad(
            "nobody is known who could vouch for the database's certificate",
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| bad("this program cannot speak TLS"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        let error = Address::parse(url).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "bad_database_url", "{url}");
        format!("{error} {error:?}")
    }

    #[test]
    fn a_password_is_in_no_message_whatever_is_wrong_with_the_address() {
        for url in [
            "mysql://siti:rahasia@db/lawang",
            "postgresql://siti:rahasia@db:port/lawang",
            "postgresql://siti:rahasia@db",
            "postgresql://siti:rahasia@db/lawang?sslmode=prefer",
            "postgresql://siti:rahasia@db/lawang?no_such_option=1",
            "postgresql://siti:rahasia@db/lawang?sslrootcert=/nowhere/ca.pem",
        ] {
            assert!(!refused(url).contains("rahasia"), "{url}");
        }
        let good = Address::parse("postgresql://siti:rahasia@localhost/lawang").unwrap();
        assert_eq!(good.said(), "localhost:5432/lawang");
    }

    #[test]
    fn a_database_elsewhere_is_spoken_with_in_secret_unless_its_address_says_otherwise() {
        let clear = |url: &str| Address::parse(url).unwrap().in_the_clear();
        assert!(!clear("postgresql://a@%2Frun%2Fpostgresql/lawang"));
        assert!(!clear("postgresql://a@127.0.0.1/lawang"));
        assert!(clear("postgresql://a@10.0.0.7/lawang?sslmode=disable"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        let made = rcgen::generate_simple_self_signed(vec!["db".into()]).unwrap();
        std::fs::write(&file, made.cert.pem()).unwrap();
        let root = file.display().to_string().replace('/', "%2F");
        let url = format!("postgresql://a@10.0.0.7/lawang?sslrootcert={root}");
        let found = Address::parse(&url).unwrap();
        assert!(found.tls.is_some() && !found.in_the_clear());
        assert_eq!(found.config.get_ssl_mode(), SslMode::Require);
    }
}

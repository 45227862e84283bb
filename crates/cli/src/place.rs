//! Which server an administrator means.

use crate::{
    error::CliError,
    serve::{self, database_url},
};
use lawang_server::Server;
use std::path::PathBuf;

/// Which server.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The server's data folder; beside a PostgreSQL database where its attachments are, if they are in no bucket.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A server's PostgreSQL database (or LAWANG_DATABASE_URL, which other users of this machine do not see).
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// The bucket where its attachments are; the database knows it as well, after the first start.
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    attachments: Option<String>,
}

pub(crate) fn open(place: &Place) -> Result<Server, CliError> {
    let said = place.attachments.as_ref();
    let (server, _) = serve::open(place.data.as_deref(), place.database_url.as_ref(), said)?;
    if said.is_some() {
        server.settle_attachments()?;
    }
    Ok(server)
}

/// Like [`open_known`], for what may touch attachments: a database alone has none, unless they are in a bucket.
pub(crate) fn open_with_photos(place: &Place) -> Result<Server, CliError> {
    let server = open_known(place)?;
    if place.data.is_none() && server.attachments_place().is_none() {
        return Err(CliError::new(
            "no_data_folder",
            "this may concern photos, and they are in the data folder",
        )
        .hint("name it beside the database: --data DIR"));
    }
    Ok(server)
}

/// Like [`open`], but a folder without a server is a mistake, not a new server.
pub(crate) fn open_known(place: &Place) -> Result<Server, CliError> {
    if database_url(place.database_url.as_ref()).is_none()
        && let Some(dir) = &place.data
        && !dir.join("server.db").exists()
    {
        return Err(CliError::new(
            "no_server_here",
            format!("{} holds no server's data", dir.display()),
        )
        .hint("name the folder that `lawang serve --data` uses"));
    }
    open(place)
}

//! Which server an administrator means.

use crate::{
    error::CliError,
    serve::{database_url, options},
};
use lawang_server::Server;
use std::path::PathBuf;

/// Which server.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The server's data folder; beside a PostgreSQL database where its photos are.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A server's PostgreSQL database (or LAWANG_DATABASE_URL, which other users of this machine do not see).
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

pub(crate) fn open(place: &Place) -> Result<Server, CliError> {
    let dir = place.data.as_deref();
    match (database_url(place.database_url.as_ref()), dir) {
        (Some(url), _) => Ok(Server::open_database(&url, dir, &options())?),
        (None, Some(dir)) => Ok(Server::open(dir, &options())?),
        (None, None) => Err(CliError::new("no_server_named", "which server is not said")
            .hint("give --data DIR, or --database-url URL")),
    }
}

/// Like [`open_known`], for what may touch photos: a database alone has none.
pub(crate) fn open_with_photos(place: &Place) -> Result<Server, CliError> {
    if place.data.is_none() && database_url(place.database_url.as_ref()).is_some() {
        return Err(CliError::new(
            "no_data_folder",
            "this may concern photos, and they are in the data folder",
        )
        .hint("name it beside the database: --data DIR"));
    }
    open_known(place)
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

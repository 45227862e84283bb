//! Courier files as the screen writes and takes them: work on a memory card where there is no network at all.

use crate::{
    app::{App, lock},
    device::Device,
    error::AppError,
    views,
};
use chrono::{DateTime, FixedOffset};
use std::{
    fs::{self, File},
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// How the names of courier files end.
const ENDING: &str = "lawang";

pub(crate) fn failed(error: &io::Error) -> AppError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            AppError::new("disk_full", "courier file")
        }
        kind => AppError::new("cannot_write_file", kind.to_string()),
    }
}

impl Device {
    /// A name that says whose work is in it and from when.
    fn courier_name(&self) -> String {
        let id = self.identity.device.simple().to_string();
        let offset = FixedOffset::east_opt(self.environment.utc_offset_minutes() * 60);
        let moment = DateTime::from_timestamp_millis(self.now()).unwrap_or_default();
        let local = match offset {
            Some(offset) => moment
                .with_timezone(&offset)
                .format("%Y%m%d-%H%M")
                .to_string(),
            None => moment.format("%Y%m%d-%H%M").to_string(),
        };
        format!("kurir-{}-{local}.{ENDING}", &id[..8])
    }

    fn write_courier(&mut self, path: &Path) -> Result<views::CourierWritten, AppError> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".part");
        let aside = PathBuf::from(aside);
        let written = (|| {
            let mut file = BufWriter::new(File::create(&aside).map_err(|e| failed(&e))?);
            let exported = self.export_batches(&mut file)?;
            file.flush().map_err(|e| failed(&e))?;
            file.get_ref().sync_all().map_err(|e| failed(&e))?;
            fs::rename(&aside, path).map_err(|e| failed(&e))?;
            Ok(exported)
        })();
        let exported = match written {
            Ok(exported) => exported,
            Err(error) => {
                // The error says more than a failure to tidy up would.
                let _ = fs::remove_file(&aside);
                return Err(error);
            }
        };
        Ok(views::CourierWritten {
            households: self.exported()?,
            photos: exported.photos,
            bytes: fs::metadata(path).map_or(0, |m| m.len()),
            path: path.display().to_string(),
        })
    }
}

impl App {
    /// Writes everything that the district does not have into a new file in this folder.
    ///
    /// # Errors
    /// `nothing_to_export`, `disk_full`, `cannot_write_file`.
    pub fn courier_export(&self, folder: &Path) -> Result<views::CourierWritten, AppError> {
        self.not_in_preview()?;
        let device = self.device()?;
        let mut device = lock(&device);
        device.fold_all()?;
        let waiting = device.store.unsent_households()?
            + device.store.unsent_surveys()?
            + device.store.unsent_photos()?;
        if waiting == 0 {
            return Err(AppError::new(
                "nothing_to_export",
                "the district has it all",
            ));
        }
        fs::create_dir_all(folder).map_err(|e| failed(&e))?;
        let path = folder.join(device.courier_name());
        device.write_courier(&path)
    }

    /// Takes a file of the district's answers.
    ///
    /// # Errors
    /// As [`Device::import_answers`].
    pub fn courier_import(&self, bytes: &[u8]) -> Result<views::CourierTaken, AppError> {
        self.not_in_preview()?;
        let device = self.device()?;
        let mut device = lock(&device);
        let things = device.import_answers(bytes)?;
        Ok(views::CourierTaken {
            things,
            refused: device
                .store
                .households_in(lawang_domain::VisitState::Refused)?,
            unsent_households: device.store.unsent_households()?,
        })
    }
}

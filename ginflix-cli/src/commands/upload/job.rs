//! The upload of one file: its preparation, its progress, and the wait for its replicas and
//! the registration of its movie afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ginflix_api::client::Client;
use ginflix_api::client::upload::{UploadCallback, UploadError, UploadEvent, UploadOptions};
use ginflix_api::error::ErrorCode;
use ginflix_api::import::ImportOutcome;
use ginflix_api::media::{Media, MediaName, is_file_name};

use parking_lot::Mutex;

use super::super::playability::ContentVerdict;
use super::super::resume::{FileVersion, ResumeStore};
use super::super::{movie_add, replicas};
use super::discard_command;
use super::import::{self, Imported};
use super::report::UploadReport;
use super::source::{Beside, Source, file_name};
use crate::args::{MovieFields, UploadArgs};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::progress::{TotalBar, TransferBar};

/// A file to upload, and how to upload it.
pub struct Job {
    client: Client,
    file: PathBuf,
    name: MediaName,
    /// The version of the file at the start of the command.
    pub version: FileVersion,
    options: UploadOptions,
    store: Arc<ResumeStore>,
    /// The command that discards the unfinished upload.
    discard: String,
    /// What is beside the file.
    beside: Option<Beside>,
    /// The details of the movie that the command line states; `None` without `--add`.
    movie: Option<MovieFields>,
    /// The number of streamers to wait for, and the longest time to wait.
    replicas: Option<(u64, Duration)>,
    printer: Printer,
}

/// Prepares the upload of a file.
///
/// # Errors
/// Fails if the file cannot be read, or has no valid media name.
pub fn plan(
    source: Source,
    args: &UploadArgs,
    global: &Global,
    client: &Client,
    printer: &Printer,
) -> Result<Job> {
    let (name, file) = (source.name?, source.file);
    let version = FileVersion::read(&file).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Failure::new(ExitStatus::NotFound, "there is no such file"),
        _ => Failure::failed(e.to_string()),
    })?;
    let original_name = Some(file_name(&file).into_owned())
        .filter(|original| original != name.as_str() && is_file_name(original));
    let store = Arc::new(ResumeStore::open(global, &name)?);
    let options = UploadOptions {
        replace: args.replace,
        any_type: args.any_type,
        accept_damaged: args.accept_damaged,
        retries: args.retries,
        deadline: args.deadline,
        limit_rate: args.limit_rate,
        resume: if args.restart { None } else { store.location(&version, args.replace) },
        original_name,
        known_sha256: store.sha256(&version),
    };
    Ok(Job {
        client: client.clone(),
        discard: discard_command(args.name.as_ref(), &[&file], global),
        file,
        name,
        version,
        options,
        store,
        beside: source.beside,
        movie: args.add.then(|| args.fields.clone()),
        replicas: args.replicas.map(|wanted| (wanted, args.replicas_timeout)),
        printer: printer.clone(),
    })
}

impl Job {
    /// Uploads the file, waits for its replicas, and registers its movie.
    pub async fn run(self, total: &Arc<TotalBar>) -> Result<UploadReport> {
        if self.options.resume.is_none()
            && let Some(location) = self.store.any_location()
        {
            // The unfinished upload is of another version of the file, or --restart
            // is given. If this fails, the server discards it when it expires.
            if let Err(error) = self.client.discard_upload(&location).await {
                self.printer.detail(&format!(
                    "{}: an earlier upload was not discarded: {error}",
                    self.name
                ));
            }
            self.store.clear();
        }
        let callback = self.callback(total);
        let uploaded = self.client.upload(&self.file, &self.name, &self.options, callback).await;
        let uploaded = uploaded.map_err(|error| self.failure(error))?;
        if let Some(sha256) = &uploaded.media.sha256 {
            self.store.finish(&self.version, sha256);
        }
        let verdict = ContentVerdict::new(&uploaded.media, &uploaded.playability);
        if let Some(warning) = verdict.warning() {
            self.printer.warn(&warning);
        }
        if uploaded.already_there {
            total.add_skipped(self.version.size_bytes());
        }
        if let Some((wanted, timeout)) = self.replicas {
            let name = &uploaded.media.name;
            replicas::wait(&self.client, name, wanted, timeout, &self.printer).await?;
        }
        let imported = self.import(&uploaded.media).await?;
        UploadReport::done(&self.client, &self.file, uploaded, &imported)
    }

    /// Imports what is beside the file, and registers its movie.
    async fn import(&self, media: &Media) -> Result<Imported> {
        let mut imported = Imported::default();
        let states_details = self.movie.as_ref().is_some_and(|fields| !fields.is_empty());
        if let Some(beside) = &self.beside {
            let add_movie = self.movie.is_some() && !states_details;
            imported = import::run(&self.client, media, beside, add_movie, &self.printer).await?;
        }
        let Some(fields) = &self.movie else { return Ok(imported) };
        // Somebody who names one file wants its movie, even if it was removed once.
        let is_named = !self.beside.as_ref().is_some_and(|beside| beside.with_subtitles);
        if imported.movie.is_none() && (is_named || states_details) {
            let fields = movie_add::with_name_of(&self.file, fields);
            let movie =
                movie_add::register(&self.client, media.name.clone(), &fields, &self.printer);
            imported.movie = Some(movie.await.map_err(|e| {
                e.context("the file was uploaded, but the movie was not registered")
            })?);
            imported.movie_outcome = Some(ImportOutcome::Added);
        }
        Ok(imported)
    }

    /// Creates the failure of an upload.
    fn failure(&self, error: UploadError) -> Failure {
        match error {
            UploadError::Client(error) if error.code() == Some(ErrorCode::Damaged) => {
                // Nothing is kept of a file that was sent in the request that created the upload.
                let discard = self.store.any_location().map(|_| self.discard.as_str());
                Failure::from(error).hint(damaged_hint(discard))
            }
            error => error.into(),
        }
    }

    /// Creates the callback that shows the progress and stores the location of the upload.
    fn callback(&self, total: &Arc<TotalBar>) -> UploadCallback {
        let (name, bytes) = (self.name.as_str(), self.version.size_bytes());
        let bar = TransferBar::new(&self.printer, name, bytes, total);
        let (total, reached) = (Arc::clone(total), AtomicU64::new(0));
        let (store, version, printer) =
            (Arc::clone(&self.store), self.version.clone(), self.printer.clone());
        let replace = self.options.replace;
        let current_phase = Mutex::new("");
        Arc::new(move |event| {
            let show = |phase: &'static str, position: u64| {
                let mut current = current_phase.lock();
                if *current != phase {
                    *current = phase;
                    bar.start_phase(phase, position);
                }
                bar.set_position(position);
            };
            match event {
                UploadEvent::Checking(position) => show("checking", position),
                UploadEvent::Sending(position) => {
                    show("sending", position);
                    // Bytes that are sent again after a broken connection count once.
                    let before = reached.fetch_max(position, Ordering::Relaxed);
                    total.add_sent(position.saturating_sub(before));
                }
                UploadEvent::Resumed(position) => {
                    let before = reached.fetch_max(position, Ordering::Relaxed);
                    total.add_skipped(position.saturating_sub(before));
                }
                UploadEvent::Finishing => {
                    bar.show_message("waiting until the server has stored it")
                }
                UploadEvent::Retrying { cause, wait } => {
                    *current_phase.lock() = "";
                    let seconds = wait.as_secs_f64();
                    bar.show_message(&format!("{cause}; retrying in {seconds:.1} s"));
                }
                UploadEvent::Created(location) => {
                    // Without the location, the next command only starts again.
                    if let Err(failure) = store.save(&version, replace, location) {
                        printer.detail(&format!(
                            "the upload cannot be resumed later: {}",
                            failure.message
                        ));
                    }
                }
            }
        })
    }
}

/// Says what to do about a damaged file. `discard` is the command that discards the unfinished
/// upload, if the server has kept one.
fn damaged_hint(discard: Option<&str>) -> String {
    let publish = "upload a complete copy, or repeat the command with --accept-damaged to publish \
                   the file as it is";
    match discard {
        Some(discard) => format!(
            "{publish}: the server keeps what it has, and nothing is sent again; or free the space \
             on the server: {discard}"
        ),
        None => publish.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_may_be_accepted_or_discarded() {
        let kept = damaged_hint(Some("ginflix upload --discard 'film.mp4'"));
        assert!(kept.contains("--accept-damaged") && kept.contains("nothing is sent again"));
        assert!(kept.ends_with("ginflix upload --discard 'film.mp4'"), "{kept}");
        let lost = damaged_hint(None);
        assert!(lost.contains("--accept-damaged") && !lost.contains("again"), "{lost}");
    }
}

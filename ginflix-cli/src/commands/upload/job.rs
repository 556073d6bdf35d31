//! The upload of one file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ginflix_api::client::Client;
use ginflix_api::client::upload::{UploadCallback, UploadEvent, UploadOptions};
use ginflix_api::media::MediaName;

use super::super::resume::{FileFacts, Memory};
use super::super::{movie_add, replicas};
use super::report::FileReport;
use crate::args::{MovieFacts, UploadArgs};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;
use crate::progress::{TotalBar, TransferBar};

/// One file and all that its upload needs.
pub struct Job {
    client: Client,
    file: PathBuf,
    name: MediaName,
    /// Size and time of the file.
    pub facts: FileFacts,
    options: UploadOptions,
    memory: Arc<Memory>,
    movie: Option<MovieFacts>,
    /// How many streamers are to have it, and how long that may take.
    replicas: Option<(u64, Duration)>,
    printer: Printer,
}

/// What the upload of a file needs.
///
/// # Errors
/// Where the file cannot be read, or has no legal name.
pub fn plan(
    file: &Path,
    args: &UploadArgs,
    global: &Global,
    client: &Client,
    printer: &Printer,
) -> Result<Job> {
    let facts = FileFacts::of(file).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Failure::new(ExitStatus::NotFound, "there is no such file"),
        _ => Failure::failed(e.to_string()),
    })?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_for(file, printer)?,
    };
    let memory = Arc::new(Memory::of(global, &name)?);
    let options = UploadOptions {
        replace: args.replace,
        any_type: args.any_type,
        retries: args.retries,
        deadline: args.deadline,
        limit_rate: args.limit_rate,
        resume: if args.restart { None } else { memory.location(&facts, args.replace) },
    };
    Ok(Job {
        client: client.clone(),
        file: file.to_owned(),
        name,
        facts,
        options,
        memory,
        movie: args.add.then(|| args.facts.clone()),
        replicas: args.replicas.map(|wanted| (wanted, args.replicas_timeout)),
        printer: printer.clone(),
    })
}

/// The name of a file, without its folders.
pub fn own_name(file: &Path) -> Cow<'_, str> {
    file.file_name().unwrap_or_default().to_string_lossy()
}

/// The file's own name, or the legal one nearest to it.
pub fn name_for(file: &Path, printer: &Printer) -> Result<MediaName> {
    let own = own_name(file);
    let name = MediaName::nearest(&own).map_err(|e| {
        Failure::new(ExitStatus::Usage, e.to_string()).hint("name it yourself: --name NAME.mp4")
    })?;
    if name.as_str() != own {
        printer.note(&format!("{own}: named {name}, as not all of its own name is legal"));
    }
    Ok(name)
}

impl Job {
    /// Uploads it, and registers its movie.
    pub async fn run(self, total: &Arc<TotalBar>) -> Result<FileReport> {
        if self.options.resume.is_none()
            && let Some(location) = self.memory.any_location()
        {
            // What is left of another file, or shall not be gone on with. The
            // server clears it away in time if it does not hear of it now.
            if let Err(error) = self.client.discard_upload(&location).await {
                self.printer.detail(&format!("not discarded: {error}"));
            }
            self.memory.forget();
        }
        let report = self.report(total);
        let uploaded = self.client.upload(&self.file, &self.name, &self.options, report).await?;
        self.memory.forget();
        if uploaded.already_there {
            total.skip(self.facts.size_bytes());
        }
        if let Some((wanted, timeout)) = self.replicas {
            let name = &uploaded.media.name;
            replicas::wait(&self.client, name, wanted, timeout, &self.printer).await?;
        }
        let movie = match &self.movie {
            None => None,
            Some(facts) => {
                let name = uploaded.media.name.clone();
                let movie = movie_add::register(&self.client, name, facts, &self.printer).await;
                Some(movie.map_err(|e| e.context("the file is there, but not its movie"))?)
            }
        };
        FileReport::done(&self.client, self.file, uploaded, movie.as_ref())
    }

    /// Shows what happens, and remembers where the server keeps it.
    fn report(&self, total: &Arc<TotalBar>) -> UploadCallback {
        let (name, bytes) = (self.name.as_str(), self.facts.size_bytes());
        let bar = TransferBar::new(&self.printer, name, bytes, total);
        let (total, reached) = (Arc::clone(total), AtomicU64::new(0));
        let (memory, facts, printer) =
            (Arc::clone(&self.memory), self.facts.clone(), self.printer.clone());
        let replace = self.options.replace;
        let phase = std::sync::Mutex::new("");
        Arc::new(move |event| {
            let enter = |name: &'static str, position: u64| {
                if let Ok(mut phase) = phase.lock()
                    && *phase != name
                {
                    *phase = name;
                    bar.moving(name, position);
                }
                bar.position(position);
            };
            match event {
                UploadEvent::Checking(position) => enter("checking", position),
                UploadEvent::Sending(position) => {
                    enter("sending", position);
                    // What is sent again after a break counts once.
                    let before = reached.fetch_max(position, Ordering::Relaxed);
                    total.sent(position.saturating_sub(before));
                }
                UploadEvent::Resumed(position) => {
                    let before = reached.fetch_max(position, Ordering::Relaxed);
                    total.skip(position.saturating_sub(before));
                }
                UploadEvent::Finishing => bar.saying("waiting until it is safe on disk"),
                UploadEvent::Retrying { cause, wait } => {
                    if let Ok(mut phase) = phase.lock() {
                        *phase = "";
                    }
                    bar.saying(&format!("{cause}; going on in {:.1} s", wait.as_secs_f64()));
                }
                UploadEvent::Created(location) => {
                    if let Err(failure) = memory.remember(&facts, replace, location) {
                        printer.detail(&format!("not remembered: {}", failure.message));
                    }
                }
            }
        })
    }
}

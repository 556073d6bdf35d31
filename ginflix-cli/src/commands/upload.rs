//! `ginflix upload`: brings files onto the cluster's volumes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ginflix_api::client::Client;
use ginflix_api::client::upload::{Event, Report, UploadOptions, Uploaded};
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::resume::{FileFacts, Memory};
use super::{movie_add, replicas, upload_discard};
use crate::args::{MovieFacts, UploadArgs};
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::size;
use crate::global::Global;
use crate::hint::command_for;
use crate::printer::Printer;
use crate::progress::{TotalBar, TransferBar};
use crate::table::{Column, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Uploaded,
    AlreadyThere,
    Failed,
}

impl Outcome {
    fn words(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::AlreadyThere => "already there",
            Self::Failed => "failed",
        }
    }
}

/// What `-o json` has for each file.
#[derive(Serialize)]
struct FileReport {
    file: PathBuf,
    state: Outcome,
    name: Option<MediaName>,
    url: Option<String>,
    size_bytes: Option<u64>,
    sha256: Option<String>,
    /// With `--add`.
    movie_id: Option<MovieId>,
    /// Where that movie plays, for people.
    movie_url: Option<String>,
    error: Option<String>,
}

pub async fn run(args: UploadArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    check(&args)?;
    let client = connection::connect(global).await?;
    if args.discard {
        return upload_discard::run(&args, &client, global, printer).await;
    }
    if let Some(wanted) = args.replicas {
        replicas::check_count(&client, wanted).await?;
    }
    tokio::select! {
        result = all(&args, client, global, printer) => result,
        _ = tokio::signal::ctrl_c() => Err(interrupted(&args, global)),
    }
}

/// How to go on, and how not to.
fn interrupted(args: &UploadArgs, global: &Global) -> Failure {
    let begun: Vec<String> = args
        .files
        .iter()
        .filter(|file| {
            let name = args.name.clone().or_else(|| MediaName::nearest(&own_name(file)).ok());
            let memory = name.and_then(|name| Memory::of(global, &name).ok());
            memory.is_some_and(|memory| memory.any_location().is_some())
        })
        .map(|file| format!("'{}'", file.display()))
        .collect();
    if begun.is_empty() {
        return Failure::failed("interrupted; the server keeps nothing that is not whole")
            .hint("repeat the command to upload the rest");
    }
    let name = args.name.as_ref().map(|name| format!("--name '{name}' ")).unwrap_or_default();
    let discard = command_for(global, &format!("upload --discard {name}{}", begun.join(" ")));
    Failure::failed("interrupted; the server keeps what it has").hint(format!(
        "repeat the command to go on where it was; to free the server's space instead: {discard}"
    ))
}

/// What clap cannot say.
fn check(args: &UploadArgs) -> Result<()> {
    let usage = |message: &str| Err(Failure::new(ExitStatus::Usage, message));
    let facts = &args.facts;
    let told = facts.title.is_some()
        || facts.description.is_some()
        || facts.year.is_some()
        || facts.poster.is_some()
        || !(facts.genres.is_empty() && facts.directors.is_empty() && facts.cast.is_empty());
    if told && !args.add {
        return usage("facts of a movie such as --title need --add");
    }
    if args.files.len() > 1 && (args.name.is_some() || facts.title.is_some()) {
        return usage("--name and --title go with one file only");
    }
    Ok(())
}

async fn all(
    args: &UploadArgs,
    client: Client,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let base = client.base().to_string();
    let jobs = Arc::new(Semaphore::new(usize::from(args.jobs)));
    let mut running = JoinSet::new();
    let planned: Vec<Result<Job>> =
        args.files.iter().map(|file| plan(file, args, global, &client, printer)).collect();
    let bytes = planned.iter().flatten().map(|job| job.facts.size_bytes()).sum();
    let total = Arc::new(TotalBar::new(printer, args.files.len(), bytes));
    for (index, (file, job)) in args.files.iter().zip(planned).enumerate() {
        let total = Arc::clone(&total);
        let (jobs, file) = (Arc::clone(&jobs), file.clone());
        running.spawn(async move {
            let _turn = jobs.acquire_owned().await;
            let result = match job {
                Ok(job) => job.run(&total).await,
                Err(failure) => Err(failure),
            };
            total.ended();
            (index, file, result)
        });
    }
    let (mut reports, mut worst) = (Vec::new(), ExitStatus::Done);
    while let Some(ended) = running.join_next().await {
        let (index, file, result) =
            ended.map_err(|e| Failure::failed(format!("an upload broke down: {e}")))?;
        let report = result.unwrap_or_else(|failure| {
            let failure = failure.context(file.display());
            printer.failure(&failure);
            worst = worst.max(failure.status);
            FileReport::failed(file, failure.message)
        });
        reports.push((index, report));
    }
    drop(total);
    reports.sort_by_key(|(index, _)| *index);
    let reports: Vec<FileReport> = reports.into_iter().map(|(_, report)| report).collect();
    let done: Vec<&FileReport> = reports.iter().filter(|r| r.state != Outcome::Failed).collect();
    if !(done.is_empty() && printer.is_table()) {
        printer.result(&reports, || render(&done, &base, printer.width()));
    }
    say_next(&done, args.add, global, printer);
    Ok(worst)
}

/// One file and all that its upload needs.
struct Job {
    client: Client,
    file: PathBuf,
    name: MediaName,
    facts: FileFacts,
    options: UploadOptions,
    memory: Arc<Memory>,
    movie: Option<MovieFacts>,
    /// How many streamers are to have it, and how long that may take.
    replicas: Option<(u64, Duration)>,
    printer: Printer,
}

fn plan(
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

fn own_name(file: &Path) -> Cow<'_, str> {
    file.file_name().unwrap_or_default().to_string_lossy()
}

/// The file's own name, or the legal one nearest to it.
pub(super) fn name_for(file: &Path, printer: &Printer) -> Result<MediaName> {
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
    async fn run(self, total: &Arc<TotalBar>) -> Result<FileReport> {
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
    fn report(&self, total: &Arc<TotalBar>) -> Report {
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
                Event::Checking(position) => enter("checking", position),
                Event::Sending(position) => {
                    enter("sending", position);
                    // What is sent again after a break counts once.
                    let before = reached.fetch_max(position, Ordering::Relaxed);
                    total.sent(position.saturating_sub(before));
                }
                Event::GoingOn(position) => {
                    let before = reached.fetch_max(position, Ordering::Relaxed);
                    total.skip(position.saturating_sub(before));
                }
                Event::Finishing => bar.saying("waiting until it is safe on disk"),
                Event::Retrying { cause, wait } => {
                    if let Ok(mut phase) = phase.lock() {
                        *phase = "";
                    }
                    bar.saying(&format!("{cause}; going on in {:.1} s", wait.as_secs_f64()));
                }
                Event::Created(location) => {
                    if let Err(failure) = memory.remember(&facts, replace, location) {
                        printer.detail(&format!("not remembered: {}", failure.message));
                    }
                }
            }
        })
    }
}

impl FileReport {
    fn done(
        client: &Client,
        file: PathBuf,
        uploaded: Uploaded,
        movie: Option<&Movie>,
    ) -> Result<Self> {
        let media = uploaded.media;
        let state = if uploaded.already_there { Outcome::AlreadyThere } else { Outcome::Uploaded };
        Ok(Self {
            file,
            state,
            url: Some(client.url(&media.stream_path)?.to_string()),
            name: Some(media.name),
            size_bytes: Some(media.size_bytes),
            sha256: Some(media.sha256),
            movie_id: movie.map(|movie| movie.id),
            movie_url: match movie {
                Some(movie) => Some(client.url(&paths::movie_page(movie.id))?.to_string()),
                None => None,
            },
            error: None,
        })
    }

    fn failed(file: PathBuf, error: String) -> Self {
        Self {
            file,
            state: Outcome::Failed,
            name: None,
            url: None,
            size_bytes: None,
            sha256: None,
            movie_id: None,
            movie_url: None,
            error: Some(error),
        }
    }
}

/// One file with all that is known of it, several with what tells them apart.
fn render(done: &[&FileReport], base: &str, width: Option<u16>) -> String {
    let text = |name: &Option<MediaName>| name.as_ref().map(MediaName::to_string);
    if let [report] = done {
        let mut table = Table::facts();
        table.row(["Name", &text(&report.name).unwrap_or_default()]);
        table.row(["State", report.state.words()]);
        table.row(["Size", &report.size_bytes.map(size).unwrap_or_default()]);
        table.row(["SHA-256", report.sha256.as_deref().unwrap_or_default()]);
        table.row(["File at", report.url.as_deref().unwrap_or_default()]);
        if let Some(page) = &report.movie_url {
            table.row(["Plays at", page]);
        }
        return table.render(width);
    }
    let mut table =
        Table::new(&[("NAME", Column::Text), ("SIZE", Column::Number), ("STATE", Column::Fixed)]);
    for report in done {
        table.row([
            text(&report.name).unwrap_or_default(),
            report.size_bytes.map(size).unwrap_or_default(),
            report.state.words().to_owned(),
        ]);
    }
    format!("{}\n\nEach plays at {base}stream/NAME", table.render(width))
}

fn say_next(done: &[&FileReport], added: bool, global: &Global, printer: &Printer) {
    let Some(first) = done.first() else { return };
    match (added, first.movie_id, &first.name) {
        (true, Some(id), _) => {
            printer.next(&[(&command_for(global, &format!("open {id}")), "watch it")]);
        }
        (false, _, Some(name)) => {
            let add = format!("movie add --media '{name}' --title '{}'", name.stem());
            printer.next(&[(&command_for(global, &add), "register it as a movie")]);
        }
        _ => {}
    }
}

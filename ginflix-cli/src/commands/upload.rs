//! `ginflix upload`: uploads media files, and imports what is beside them.
//!
//! # Layout
//! - this file: the command; `source`: the media files that it uploads
//! - `job`: the upload of one file; `import`: what is beside it: details, poster, subtitles
//! - `collection`: the collection of `--collection`
//! - `report`: the results; `summary`: what became of a folder; `dry_run`: what would become of it

mod collection;
mod dry_run;
mod import;
mod job;
mod report;
mod source;
mod summary;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use ginflix_api::subtitles::AddSubtitles;
use ginflix_subtitles::format::is_subtitle_file;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::collection::{Put, Target};
use self::job::{Job, plan};
use self::report::{UploadReport, UploadState, render, suggest_next_steps};
use self::source::{Sources, file_name};
use super::resume::ResumeStore;
use super::{replicas, subtitles_add, upload_discard};
use crate::args::UploadArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::TotalBar;

pub use self::source::media_name;

pub async fn run(args: UploadArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    check_usage(&args)?;
    let client = connection::connect(global).await?;
    if args.discard {
        return upload_discard::run(&args, &client, global, printer).await;
    }
    if let Some(wanted) = args.replicas {
        replicas::require_streamers(&client, wanted).await?;
    }
    tokio::select! {
        result = upload_all(&args, client, global, printer) => result,
        _ = tokio::signal::ctrl_c() => Err(interrupted(&args, global)),
    }
}

/// Creates the failure of an interrupted command, which suggests how to resume or
/// discard the uploads.
fn interrupted(args: &UploadArgs, global: &Global) -> Failure {
    let unfinished: Vec<&Path> = args
        .files
        .iter()
        .map(PathBuf::as_path)
        .filter(|file| {
            let name = args.name.clone().or_else(|| MediaName::nearest(&file_name(file)).ok());
            let store = name.and_then(|name| ResumeStore::open(global, &name).ok());
            store.is_some_and(|store| store.any_location().is_some())
        })
        .collect();
    if unfinished.is_empty() {
        return Failure::failed("interrupted; the server keeps only complete files")
            .hint("repeat the command to upload the rest");
    }
    let discard = discard_command(args.name.as_ref(), &unfinished, global);
    Failure::failed("interrupted; the server keeps what it has").hint(format!(
        "repeat the command to resume the upload, or free the space on the server: {discard}"
    ))
}

/// Returns the command that discards the unfinished uploads of these files. `name` is the value of
/// `--name`.
fn discard_command(name: Option<&MediaName>, files: &[&Path], global: &Global) -> String {
    let name = name.map(|name| format!("--name '{name}' ")).unwrap_or_default();
    let files: Vec<String> = files.iter().map(|file| format!("'{}'", file.display())).collect();
    suggested_command_for(global, &format!("upload --discard {name}{}", files.join(" ")))
}

/// Checks the rules about flags that clap cannot express.
fn check_usage(args: &UploadArgs) -> Result<()> {
    let usage = |message: &str| Err(Failure::new(ExitStatus::Usage, message));
    let fields = &args.fields;
    if !fields.is_empty() && !args.add {
        return usage("--title and other details of a movie need --add");
    }
    let is_folder = args.files.iter().any(|file| file.is_dir());
    if is_folder && !(fields.is_empty() && args.name.is_none()) {
        return usage("--name and the details of a movie are for a single file, not for a folder");
    }
    let media_files = args.files.iter().filter(|file| !is_subtitle_file(&file_name(file)));
    if media_files.count() > 1 && (args.name.is_some() || fields.title.is_some()) {
        return usage("--name and --title need a single file");
    }
    Ok(())
}

async fn upload_all(
    args: &UploadArgs,
    client: Client,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let base = client.base().to_string();
    let (subtitles, media): (Vec<PathBuf>, Vec<PathBuf>) =
        args.files.iter().cloned().partition(|file| is_subtitle_file(&file_name(file)));
    let target = match &args.collection {
        Some(name) => Some(Target::find(&client, name).await?),
        None => None,
    };
    let mut sources = Sources::find(&media, args, &client, printer).await?;
    if args.dry_run {
        return dry_run::run(&sources, args.add, target.as_ref(), printer);
    }
    if sources.files.is_empty() && subtitles.is_empty() {
        return Err(nothing_to_upload(args, global));
    }
    let media: Vec<PathBuf> = sources.files.iter().map(|source| source.file.clone()).collect();
    let jobs: Vec<Result<Job>> = std::mem::take(&mut sources.files)
        .into_iter()
        .map(|source| plan(source, args, global, &client, printer))
        .collect();
    let bytes = jobs.iter().flatten().map(|job| job.version.size_bytes()).sum();
    let total = Arc::new(TotalBar::new(printer, media.len(), bytes));
    let uploads = spawn_jobs(args.jobs, &media, jobs, &total);
    let (mut reports, mut status) = collect_reports(uploads, printer).await?;
    drop(total); // clears the bar before the results are printed
    if !subtitles.is_empty() {
        status =
            status.max(add_subtitles(&client, subtitles, &mut reports, global, printer).await?);
    }
    let put = put_into(target, &client, &reports, &mut status, printer).await;
    print_results(reports, &sources, put, args, global, printer, &base);
    Ok(status)
}

/// Puts the movies into the collection of `--collection`, and says which are in no collection of their season.
async fn put_into(
    target: Option<Target>,
    client: &Client,
    reports: &[UploadReport],
    status: &mut ExitStatus,
    printer: &Printer,
) -> Option<Put> {
    let mut problems: Vec<&str> =
        reports.iter().filter_map(|report| report.collection_problem.as_deref()).collect();
    problems.sort_unstable();
    problems.dedup();
    for problem in problems {
        printer.warn(&format!("some movies are in no collection of their season: {problem}"));
    }
    match target?.put(client, reports).await {
        Ok(put) => put,
        Err(failure) => {
            let failure = failure.context("the movies were not put into the collection");
            *status = (*status).max(failure.status);
            printer.failure(&failure);
            None
        }
    }
}

fn print_results(
    mut reports: Vec<UploadReport>,
    sources: &Sources,
    put: Option<Put>,
    args: &UploadArgs,
    global: &Global,
    printer: &Printer,
    base: &str,
) {
    if args.files.iter().any(|file| file.is_dir()) {
        summary::print(&mut reports, sources, args.add, put.as_ref(), printer);
        if args.add {
            let open = suggested_command_for(global, "open");
            printer.next_steps(&[(&open, "see the movies on the web site")]);
        }
        return;
    }
    let done: Vec<&UploadReport> =
        reports.iter().filter(|report| report.state != UploadState::Failed).collect();
    if !(done.is_empty() && printer.is_table()) {
        printer.result(&reports, || render(&done, base, printer.width()));
    }
    if let Some(put) = put {
        printer.note(&put.sentence());
    }
    suggest_next_steps(&done, args.add, global, printer);
}

/// Creates the failure of a command whose folders have no media file.
fn nothing_to_upload(args: &UploadArgs, global: &Global) -> Failure {
    let folders: Vec<String> =
        args.files.iter().map(|folder| format!("'{}'", folder.display())).collect();
    let command = format!("upload {} --dry-run", folders.join(" "));
    Failure::new(ExitStatus::NotFound, "there is no media file to upload")
        .hint(format!("see what is left out, and why: {}", suggested_command_for(global, &command)))
}

/// The running uploads. Each returns the index of its file, the file and the result.
type Uploads = JoinSet<(usize, PathBuf, Result<UploadReport>)>;

/// Adds subtitle files to the media files that they belong to by their names: those that were just uploaded, or others.
async fn add_subtitles(
    client: &Client,
    files: Vec<PathBuf>,
    reports: &mut Vec<UploadReport>,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let media = subtitles_add::media_names(client).await?;
    let mut worst = ExitStatus::Done;
    for file in files {
        let added = match subtitles_add::media_of(&file, &media, global) {
            Ok(media) => {
                subtitles_add::add(client, &file, &media, &AddSubtitles::default(), printer).await
            }
            Err(failure) => Err(failure),
        };
        reports.push(match added {
            Ok(added) => UploadReport::subtitles(&file, added.subtitles),
            Err(failure) => {
                let failure = failure.context(file.display());
                worst = worst.max(failure.status);
                printer.failure(&failure);
                UploadReport::failed(&file, failure.message)
            }
        });
    }
    Ok(worst)
}

/// Spawns a task for each file. At most `at_once` of them upload at the same time.
fn spawn_jobs(
    at_once: u8,
    files: &[PathBuf],
    jobs: Vec<Result<Job>>,
    total: &Arc<TotalBar>,
) -> Uploads {
    let semaphore = Arc::new(Semaphore::new(usize::from(at_once)));
    let mut uploads = JoinSet::new();
    for (index, (file, job)) in files.iter().zip(jobs).enumerate() {
        let total = Arc::clone(total);
        let (semaphore, file) = (Arc::clone(&semaphore), file.clone());
        uploads.spawn(async move {
            let _permit = semaphore.acquire_owned().await;
            let result = match job {
                Ok(job) => job.run(&total).await,
                Err(failure) => Err(failure),
            };
            total.finish_file();
            (index, file, result)
        });
    }
    uploads
}

/// Waits for all uploads, and prints failures as they occur. Returns the reports in
/// the order of the files, and the worst exit status.
async fn collect_reports(
    mut uploads: Uploads,
    printer: &Printer,
) -> Result<(Vec<UploadReport>, ExitStatus)> {
    let (mut reports, mut worst) = (Vec::new(), ExitStatus::Done);
    let mut printed_hints = HashSet::new();
    while let Some(joined) = uploads.join_next().await {
        let (index, file, result) =
            joined.map_err(|e| Failure::failed(format!("an upload stopped unexpectedly: {e}")))?;
        let report = result.unwrap_or_else(|failure| {
            let mut failure = failure.context(file.display());
            worst = worst.max(failure.status);
            // Many files may fail for the same reason, such as a full disk.
            failure.hint = failure.hint.filter(|hint| printed_hints.insert(hint.clone()));
            printer.failure(&failure);
            UploadReport::failed(&file, failure.message)
        });
        reports.push((index, report));
    }
    reports.sort_by_key(|(index, _)| *index);
    Ok((reports.into_iter().map(|(_, report)| report).collect(), worst))
}

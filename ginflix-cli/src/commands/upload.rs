//! `ginflix upload`: brings files onto the cluster's volumes.

mod job;
mod report;

use std::sync::Arc;

use ginflix_api::client::Client;
use ginflix_api::media::MediaName;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::job::{Job, own_name, plan};
use self::report::{FileReport, Outcome, render, say_next};
use super::resume::Memory;
use super::{replicas, upload_discard};
use crate::args::UploadArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::progress::TotalBar;

pub use self::job::name_for;

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
    let discard =
        suggested_command_for(global, &format!("upload --discard {name}{}", begun.join(" ")));
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

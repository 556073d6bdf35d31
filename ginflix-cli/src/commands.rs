//! The commands, one file for each.

mod audit;
mod backup;
mod cluster_check;
mod cluster_down;
mod cluster_logs;
mod cluster_scale;
mod cluster_status;
mod cluster_up;
mod cluster_upgrade;
mod collection_add;
mod collection_edit;
mod collection_list;
mod collection_put;
mod collection_remove;
mod collection_show;
mod completions;
mod library_add;
mod library_list;
mod library_remove;
mod library_scan;
mod link;
mod login;
mod logout;
mod media_list;
mod media_remove;
mod media_repair;
mod media_show;
mod movie_add;
mod movie_edit;
mod movie_list;
mod movie_remove;
mod movie_show;
mod open;
mod password;
mod playability;
mod replicas;
mod resolve;
mod resolve_collection;
mod restore;
mod resume;
mod subtitles_add;
mod subtitles_list;
mod subtitles_remove;
#[cfg(test)]
mod test_media;
mod token;
mod upload;
mod upload_discard;
mod user;
mod views;
mod views_explain;

use crate::args::{
    Args, ClusterCommand, CollectionCommand, Command, LibraryCommand, MediaCommand, MovieCommand,
    SubtitlesCommand,
};
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::printer::Printer;

/// Runs the command of the command line.
///
/// # Errors
/// Fails if the command fails.
pub async fn run(args: Args, printer: &Printer) -> Result<ExitStatus> {
    let global = &args.global;
    match args.command {
        Command::Cluster(command) => run_cluster(command, global, printer).await,
        Command::Upload(args) => upload::run(args, global, printer).await,
        Command::Library(command) => run_library(command, global, printer).await,
        Command::Movie(command) => run_movie(command, global, printer).await,
        Command::Collection(command) => run_collection(command, global, printer).await,
        Command::Media(command) => run_media(command, global, printer).await,
        Command::Subtitles(command) => run_subtitles(command, global, printer).await,
        Command::Views(args) => match &args.explain {
            Some(movie) => views_explain::run(movie, global, printer).await,
            None => views::run(&args, global, printer).await,
        },
        Command::User(command) => user::run(command, global, printer).await,
        Command::Token(command) => token::run(command, global, printer).await,
        Command::Link(args) => link::run(args, global, printer).await,
        Command::Audit(args) => audit::run(args, global, printer).await,
        Command::Backup(args) => backup::run(args, global, printer).await,
        Command::Restore(args) => restore::run(args, global, printer).await,
        Command::Login(args) => login::run(args, global, printer).await,
        Command::Logout => logout::run(global, printer).await,
        Command::Open { movie, print } => open::run(movie, print, global, printer).await,
        Command::Completions { shell } => completions::run(shell, printer),
        // `crate::run` handles this command before it creates a runtime.
        Command::Detach { .. } => Ok(ExitStatus::Usage),
    }
}

async fn run_cluster(
    command: ClusterCommand,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    match command {
        ClusterCommand::Up(args) => cluster_up::run(*args, global, printer).await,
        ClusterCommand::Down(args) => cluster_down::run(args, global, printer).await,
        ClusterCommand::Status => cluster_status::run(global, printer).await,
        ClusterCommand::Check(args) => cluster_check::run(&args, global, printer).await,
        ClusterCommand::Logs(args) => cluster_logs::run(&args, global, printer).await,
        ClusterCommand::Scale(args) => cluster_scale::run(args, global, printer).await,
        ClusterCommand::Upgrade(args) => cluster_upgrade::run(args, global, printer).await,
    }
}

async fn run_library(
    command: LibraryCommand,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let unless = |no_wait: bool, timeout| (!no_wait).then_some(timeout);
    match command {
        LibraryCommand::Add { folder, no_wait, timeout } => {
            library_add::run(&folder, unless(no_wait, timeout), global, printer).await
        }
        LibraryCommand::List => library_list::run(global, printer).await,
        LibraryCommand::Scan { library, no_wait, timeout } => {
            library_scan::run(library.as_deref(), unless(no_wait, timeout), global, printer).await
        }
        LibraryCommand::Remove { library } => library_remove::run(&library, global, printer).await,
    }
}

async fn run_movie(
    command: MovieCommand,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    match command {
        MovieCommand::Add(args) => movie_add::run(args, global, printer).await,
        MovieCommand::List(args) => movie_list::run(args, global, printer).await,
        MovieCommand::Show { movie } => movie_show::run(&movie, global, printer).await,
        MovieCommand::Edit(args) => movie_edit::run(args, global, printer).await,
        MovieCommand::Remove { movie, with_media } => {
            movie_remove::run(&movie, with_media, global, printer).await
        }
    }
}

async fn run_collection(
    command: CollectionCommand,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    match command {
        CollectionCommand::Add(args) => collection_add::run(args, global, printer).await,
        CollectionCommand::List => collection_list::run(global, printer).await,
        CollectionCommand::Show { collection } => {
            collection_show::run(&collection, global, printer).await
        }
        CollectionCommand::Edit(args) => collection_edit::run(args, global, printer).await,
        CollectionCommand::Put(args) => collection_put::run(&args, global, printer).await,
        CollectionCommand::Remove { collection } => {
            collection_remove::run(&collection, global, printer).await
        }
    }
}

async fn run_media(
    command: MediaCommand,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    match command {
        MediaCommand::List { problems } => media_list::run(problems, global, printer).await,
        MediaCommand::Show { name } => media_show::run(&name, global, printer).await,
        MediaCommand::Remove { names, force } => {
            media_remove::run(&names, force, global, printer).await
        }
        MediaCommand::Repair { name, wait, timeout } => {
            media_repair::run(name, wait, timeout, global, printer).await
        }
    }
}

async fn run_subtitles(
    command: SubtitlesCommand,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    match command {
        SubtitlesCommand::Add(args) => subtitles_add::run(args, global, printer).await,
        SubtitlesCommand::List { media } => subtitles_list::run(&media, global, printer).await,
        SubtitlesCommand::Remove { media, which } => {
            subtitles_remove::run(&media, &which, global, printer).await
        }
    }
}

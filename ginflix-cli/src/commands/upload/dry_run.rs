//! `ginflix upload --dry-run`: shows what would become what.

use ginflix_api::movie::{Episode, NewMovie};
use ginflix_import::content::{self, Problem};
use ginflix_import::season::SeasonPlace;
use ginflix_import::shown::shown;
use ginflix_media::source::Budget;
use serde::Serialize;

use super::collection::Target;
use super::source::{Beside, Source, Sources};
use crate::error::{ExitStatus, Result};
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The output of `-o json`.
#[derive(Serialize)]
struct DryRun {
    files: Vec<PlannedFile>,
    skipped: Vec<SkippedFile>,
}

/// A file that would be uploaded.
#[derive(Serialize)]
struct PlannedFile {
    file: String,
    /// The media name; absent if the file has none.
    name: Option<String>,
    /// The movie, with `--add`.
    movie: Option<PlannedMovie>,
    /// The file of the poster.
    poster: Option<String>,
    subtitles: Vec<String>,
    /// Why it would fail.
    error: Option<String>,
}

#[derive(Serialize)]
struct PlannedMovie {
    title: String,
    year: Option<u16>,
    episode: Option<Episode>,
    /// The collections that it would be put into, each with that which it is part of.
    collections: Vec<String>,
}

/// A file that would be left out.
#[derive(Serialize)]
pub struct SkippedFile {
    file: String,
    reason: String,
}

/// Prints what the command would do with these files. `collection` is the one of `--collection`.
pub fn run(
    sources: &Sources,
    add_movies: bool,
    collection: Option<&Target>,
    printer: &Printer,
) -> Result<ExitStatus> {
    let mut problems = Vec::new();
    let mut files: Vec<PlannedFile> =
        sources.files.iter().map(|file| planned(file, add_movies, &mut problems)).collect();
    for movie in files.iter_mut().filter_map(|file| file.movie.as_mut()) {
        movie.collections.extend(collection.map(|target| target.title().to_owned()));
    }
    problems.iter().for_each(|problem| printer.warn(&problem.to_string()));
    let result = DryRun { files, skipped: skipped(sources) };
    printer.result(&result, || render(&result, printer.width()));
    let (files, skipped) = (result.files.len(), result.skipped.len());
    printer.note(&format!("{files} files would be uploaded, {skipped} left out"));
    Ok(ExitStatus::Done)
}

/// Returns the files that are left out, with their reasons.
pub fn skipped(sources: &Sources) -> Vec<SkippedFile> {
    let skipped = |(folder, skipped): &(std::path::PathBuf, ginflix_import::skipped::Skipped)| {
        SkippedFile { file: shown(&folder.join(&skipped.path)), reason: skipped.reason.to_string() }
    };
    sources.skipped.iter().map(skipped).collect()
}

fn planned(source: &Source, add_movies: bool, problems: &mut Vec<Problem>) -> PlannedFile {
    let name = source.name.as_ref().ok();
    let beside = source.beside.as_ref();
    let mut movie = |beside: &Beside| {
        let media = name.cloned()?;
        let file = beside.root.open_file(&beside.item.media.path).ok();
        let inspection =
            file.and_then(|file| ginflix_media::inspect(&file, Budget::default()).ok());
        let (root, item) = (&beside.root, &beside.item);
        let movie = content::movie(root, item, inspection.as_ref(), media, problems).movie;
        let NewMovie { title, year, episode, .. } = movie;
        let collections = SeasonPlace::of(episode.as_ref())
            .map(|place| format!("{}: {}", place.series, place.season_title()));
        Some(PlannedMovie { title, year, episode, collections: collections.into_iter().collect() })
    };
    let with_subtitles = beside.filter(|beside| beside.with_subtitles);
    PlannedFile {
        file: shown(&source.file),
        name: name.map(ToString::to_string),
        movie: beside.filter(|_| add_movies).and_then(&mut movie),
        poster: beside
            .filter(|_| add_movies)
            .and_then(|beside| Some(shown(&beside.item.picture.as_ref()?.path))),
        subtitles: with_subtitles
            .into_iter()
            .flat_map(|beside| &beside.item.subtitles)
            .map(|subtitles| shown(&subtitles.file.path))
            .collect(),
        error: source.name.as_ref().err().map(|failure| failure.message.clone()),
    }
}

fn render(result: &DryRun, width: Option<u16>) -> String {
    let mut table = Table::new(&[
        ("FILE", Column::Text),
        ("BECOMES", Column::Text),
        ("WITH", Column::Text),
        ("COLLECTION", Column::Text),
    ]);
    for file in &result.files {
        let becomes = match (&file.error, &file.movie, &file.name) {
            (Some(error), _, _) => format!("fails: {error}"),
            (None, Some(movie), _) => {
                let year = movie.year.map(|year| format!(" ({year})")).unwrap_or_default();
                format!("{}{year}", movie.title)
            }
            (None, None, name) => name.clone().unwrap_or_default(),
        };
        let poster = file.poster.as_ref().map(|_| "poster".to_owned());
        let subtitles = match file.subtitles.len() {
            0 => None,
            1 => Some("subtitles".to_owned()),
            count => Some(format!("{count} subtitles")),
        };
        let with: Vec<String> = poster.into_iter().chain(subtitles).collect();
        let collections =
            file.movie.as_ref().map(|movie| movie.collections.join(", ")).unwrap_or_default();
        table.row([file.file.clone(), becomes, with.join(", "), collections]);
    }
    match render_skipped(&result.skipped, width) {
        Some(skipped) => format!("{}\n\n{skipped}", table.render(width)),
        None => table.render(width),
    }
}

/// Formats the files that are left out; `None` if there are none.
pub fn render_skipped(skipped: &[SkippedFile], width: Option<u16>) -> Option<String> {
    let mut table = Table::new(&[("LEFT OUT", Column::Text), ("WHY", Column::Text)]);
    for file in skipped {
        table.row([file.file.clone(), file.reason.clone()]);
    }
    (!skipped.is_empty()).then(|| table.render(width))
}

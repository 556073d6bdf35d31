//! The results of `ginflix upload`.

use std::path::Path;

use ginflix_api::client::Client;
use ginflix_api::client::upload::Uploaded;
use ginflix_api::import::ImportOutcome;
use ginflix_api::inspection::Problem;
use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use ginflix_api::paths;
use ginflix_api::playability::Playability;
use ginflix_api::subtitles::Subtitles;
use ginflix_import::shown::shown;
use serde::Serialize;
use uuid::Uuid;

use super::super::playability::ContentVerdict;
use super::import::Imported;
use crate::error::Result;
use crate::format::size;
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The result of the upload of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    Uploaded,
    AlreadyThere,
    /// The file has subtitles, which were added to a media file.
    SubtitlesAdded,
    /// The file is left out.
    Skipped,
    Failed,
}

impl UploadState {
    /// Returns the state for tables.
    pub fn text(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::AlreadyThere => "already there",
            Self::SubtitlesAdded => "subtitles added",
            Self::Skipped => "left out",
            Self::Failed => "failed",
        }
    }
}

/// The output of `-o json` for each file.
#[derive(Serialize)]
pub struct UploadReport {
    /// The path, with what is no text escaped.
    pub file: String,
    pub state: UploadState,
    name: Option<MediaName>,
    url: Option<String>,
    size_bytes: Option<u64>,
    sha256: Option<String>,
    /// How browsers play the file; absent if it is not inspected.
    playability: Option<Playability>,
    /// What is wrong with the content of the file.
    problems: Vec<Problem>,
    /// The id of the movie, with `--add`.
    pub movie_id: Option<MovieId>,
    /// The URL of the movie's page, with `--add`.
    movie_url: Option<String>,
    /// What was done with the movie, with `--add`.
    pub movie: Option<ImportOutcome>,
    /// The number of collections that were made for the movie: of its season, and of its series.
    pub new_collections: u64,
    /// Why an episode is not in the collection of its season.
    pub collection_problem: Option<String>,
    /// Whether the movie got the poster that is beside the file, or in it.
    pub new_poster: bool,
    /// The number of subtitle files beside the file that were added.
    pub new_subtitles: usize,
    /// The id of the subtitles, of a subtitle file.
    subtitles_id: Option<Uuid>,
    error: Option<String>,
}

impl UploadReport {
    /// Returns the media name, or the path of a file without one.
    pub fn shown_name(&self) -> String {
        self.name.as_ref().map_or_else(|| self.file.clone(), MediaName::to_string)
    }

    /// Creates the report of a file that is on the server.
    pub fn done(
        client: &Client,
        file: &Path,
        uploaded: Uploaded,
        imported: &Imported,
    ) -> Result<Self> {
        let movie = imported.movie.as_ref();
        let verdict = ContentVerdict::new(&uploaded.media, &uploaded.playability);
        let playability = verdict.playability().clone();
        let media = uploaded.media;
        let state = match uploaded.already_there {
            true => UploadState::AlreadyThere,
            false => UploadState::Uploaded,
        };
        Ok(Self {
            file: shown(file),
            state,
            url: Some(client.url(&media.stream_path)?.to_string()),
            name: Some(media.name),
            size_bytes: Some(media.size_bytes),
            sha256: media.sha256,
            playability: media.inspection.is_some().then_some(playability),
            problems: media.inspection.map(|found| found.problems).unwrap_or_default(),
            movie_id: movie.map(|movie| movie.id),
            movie_url: match movie {
                Some(movie) => Some(client.url(&paths::movie_page(movie.id))?.to_string()),
                None => None,
            },
            movie: imported.movie_outcome,
            new_collections: imported.new_collections,
            collection_problem: imported.collection_problem.clone(),
            new_poster: imported.has_new_poster,
            new_subtitles: imported.subtitles,
            subtitles_id: None,
            error: None,
        })
    }

    /// Creates the report of a subtitle file that was added to a media file.
    pub fn subtitles(file: &Path, subtitles: Subtitles) -> Self {
        Self {
            state: UploadState::SubtitlesAdded,
            name: Some(subtitles.media),
            sha256: Some(subtitles.sha256),
            subtitles_id: Some(subtitles.id),
            error: None,
            ..Self::failed(file, String::new())
        }
    }

    /// Creates the report of a file that is left out.
    pub fn skipped(file: &Path, reason: String) -> Self {
        Self { state: UploadState::Skipped, ..Self::failed(file, reason) }
    }

    /// Creates the report of a file whose upload failed.
    pub fn failed(file: &Path, error: String) -> Self {
        Self {
            file: shown(file),
            state: UploadState::Failed,
            name: None,
            url: None,
            size_bytes: None,
            sha256: None,
            playability: None,
            problems: Vec::new(),
            movie_id: None,
            movie_url: None,
            movie: None,
            new_collections: 0,
            collection_problem: None,
            new_poster: false,
            new_subtitles: 0,
            subtitles_id: None,
            error: Some(error),
        }
    }
}

/// Formats all details of a single file, or a table of several files.
pub fn render(done: &[&UploadReport], base: &str, width: Option<u16>) -> String {
    let text = |name: &Option<MediaName>| name.as_ref().map(MediaName::to_string);
    if let [report] = done
        && report.state != UploadState::SubtitlesAdded
    {
        let mut table = Table::key_value();
        table.row(["Name", &text(&report.name).unwrap_or_default()]);
        table.row(["State", report.state.text()]);
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
        let file = || report.file.rsplit('/').next().map(str::to_owned);
        let name = match report.state {
            UploadState::SubtitlesAdded => file(),
            _ => text(&report.name),
        };
        table.row([
            name.unwrap_or_default(),
            report.size_bytes.map(size).unwrap_or_default(),
            report.state.text().to_owned(),
        ]);
    }
    format!("{}\n\nEach file plays at {base}stream/NAME", table.render(width))
}

/// Suggests to open the movie, or to register one.
pub fn suggest_next_steps(done: &[&UploadReport], added: bool, global: &Global, printer: &Printer) {
    let is_media = |report: &&&UploadReport| report.state != UploadState::SubtitlesAdded;
    let Some(first) = done.iter().find(is_media) else { return };
    match (added, first.movie_id, &first.name) {
        (true, Some(id), _) => {
            printer
                .next_steps(&[(&suggested_command_for(global, &format!("open {id}")), "watch it")]);
        }
        (false, _, Some(name)) => {
            let add = format!("movie add --media '{name}' --title '{}'", name.stem());
            printer.next_steps(&[(&suggested_command_for(global, &add), "register it as a movie")]);
        }
        _ => {}
    }
}

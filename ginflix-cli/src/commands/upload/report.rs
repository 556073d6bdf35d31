//! The results of `ginflix upload`.

use std::path::PathBuf;

use ginflix_api::client::Client;
use ginflix_api::client::upload::Uploaded;
use ginflix_api::inspection::Problem;
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use ginflix_api::playability::Playability;
use serde::Serialize;

use super::super::playability::ContentVerdict;
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
    Failed,
}

impl UploadState {
    fn text(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::AlreadyThere => "already there",
            Self::Failed => "failed",
        }
    }
}

/// The output of `-o json` for each file.
#[derive(Serialize)]
pub struct UploadReport {
    file: PathBuf,
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
    movie_id: Option<MovieId>,
    /// The URL of the movie's page, with `--add`.
    movie_url: Option<String>,
    error: Option<String>,
}

impl UploadReport {
    /// Creates the report of a file that is on the server.
    pub fn done(
        client: &Client,
        file: PathBuf,
        uploaded: Uploaded,
        movie: Option<&Movie>,
    ) -> Result<Self> {
        let verdict = ContentVerdict::new(&uploaded.media, &uploaded.playability);
        let playability = verdict.playability().clone();
        let media = uploaded.media;
        let state = match uploaded.already_there {
            true => UploadState::AlreadyThere,
            false => UploadState::Uploaded,
        };
        Ok(Self {
            file,
            state,
            url: Some(client.url(&media.stream_path)?.to_string()),
            name: Some(media.name),
            size_bytes: Some(media.size_bytes),
            sha256: Some(media.sha256),
            playability: media.inspection.is_some().then_some(playability),
            problems: media.inspection.map(|found| found.problems).unwrap_or_default(),
            movie_id: movie.map(|movie| movie.id),
            movie_url: match movie {
                Some(movie) => Some(client.url(&paths::movie_page(movie.id))?.to_string()),
                None => None,
            },
            error: None,
        })
    }

    /// Creates the report of a file whose upload failed.
    pub fn failed(file: PathBuf, error: String) -> Self {
        Self {
            file,
            state: UploadState::Failed,
            name: None,
            url: None,
            size_bytes: None,
            sha256: None,
            playability: None,
            problems: Vec::new(),
            movie_id: None,
            movie_url: None,
            error: Some(error),
        }
    }
}

/// Formats all details of a single file, or a table of several files.
pub fn render(done: &[&UploadReport], base: &str, width: Option<u16>) -> String {
    let text = |name: &Option<MediaName>| name.as_ref().map(MediaName::to_string);
    if let [report] = done {
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
        table.row([
            text(&report.name).unwrap_or_default(),
            report.size_bytes.map(size).unwrap_or_default(),
            report.state.text().to_owned(),
        ]);
    }
    format!("{}\n\nEach file plays at {base}stream/NAME", table.render(width))
}

/// Suggests to open the movie, or to register one.
pub fn suggest_next_steps(done: &[&UploadReport], added: bool, global: &Global, printer: &Printer) {
    let Some(first) = done.first() else { return };
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

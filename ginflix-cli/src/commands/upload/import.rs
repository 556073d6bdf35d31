//! The import of what is beside an uploaded media file: the details of its movie, its poster and its subtitles.

use std::fs::File;
use std::sync::Arc;

use ginflix_api::client::Client;
use ginflix_api::import::{ImportMovie, ImportOutcome, ImportedMovie};
use ginflix_api::media::Media;
use ginflix_api::movie::Movie;
use ginflix_api::subtitles::MAX_SUBTITLE_FILE_BYTES;
use ginflix_import::content::{self, FoundMovie, Picture};
use ginflix_import::layout::SubtitleFile;
use ginflix_import::shown::shown;
use ginflix_media::cover;
use ginflix_media::source::Budget;
use sha2::{Digest, Sha256};

use super::source::Beside;
use crate::error::{Failure, Result};
use crate::printer::Printer;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// What it did with the movie; `None` without `--add`.
    pub movie_outcome: Option<ImportOutcome>,
    /// The movie; `None` if there is none.
    pub movie: Option<Movie>,
    /// The number of collections that were made for the movie.
    pub new_collections: u64,
    /// Why the movie is in no collection of its season.
    pub collection_problem: Option<String>,
    /// Whether the movie got a poster.
    pub has_new_poster: bool,
    /// The number of subtitle files that were added.
    pub subtitles: usize,
}

/// Imports what is beside a media file that is on the server; with `add_movie` its movie too.
pub async fn run(
    client: &Client,
    media: &Media,
    beside: &Beside,
    add_movie: bool,
    printer: &Printer,
) -> Result<Imported> {
    let mut imported = Imported::default();
    if add_movie {
        let (FoundMovie { movie, series_year }, picture) = read(media, beside, printer).await?;
        let sent = client.import_movie(&movie, &ImportMovie { series_year }).await;
        let ImportedMovie { outcome, movie, new_collections, collection_problem } =
            sent.map_err(|e| {
                Failure::from(e).context("the file was uploaded, but its movie was not registered")
            })?;
        (imported.movie_outcome, imported.movie) = (Some(outcome), movie);
        (imported.new_collections, imported.collection_problem) =
            (new_collections, collection_problem);
        if let (Some(movie), Some(picture)) = (imported.movie.clone(), picture)
            && !has_poster(&movie, &picture)
        {
            let sent =
                client.import_poster(&media.name, picture.content_type, picture.bytes.into());
            let sent = sent.await.map_err(|e| {
                Failure::from(e).context("the movie is registered, but its poster is not set")
            })?;
            imported.has_new_poster =
                matches!(sent.outcome, ImportOutcome::Added | ImportOutcome::Updated);
            imported.movie = sent.movie;
        }
    }
    if beside.with_subtitles {
        for file in &beside.item.subtitles {
            imported.subtitles +=
                usize::from(add_subtitles(client, media, beside, file, printer).await?);
        }
    }
    Ok(imported)
}

/// Reads the details of the movie and its picture from the files.
async fn read(
    media: &Media,
    beside: &Beside,
    printer: &Printer,
) -> Result<(FoundMovie, Option<Picture>)> {
    let (media, beside) = (media.clone(), beside.clone());
    let read = move || {
        let mut problems = Vec::new();
        let (root, item) = (&beside.root, &beside.item);
        let inspection = media.inspection.as_ref();
        let movie = content::movie(root, item, inspection, media.name.clone(), &mut problems);
        let picture = content::picture(root, item, &mut problems);
        let picture = picture.or_else(|| cover_of(root.open_file(&item.media.path).ok()?));
        (movie, picture, problems)
    };
    let (movie, picture, problems) = tokio::task::spawn_blocking(read)
        .await
        .map_err(|e| Failure::failed(format!("reading what is beside the file failed: {e}")))?;
    problems.iter().for_each(|problem| printer.warn(&problem.to_string()));
    Ok((movie, picture))
}

/// Returns the picture that is embedded in a media file, if it may be a poster.
fn cover_of(file: File) -> Option<Picture> {
    // A file that cannot be read has no cover; its upload has read it.
    let cover = cover::read(&file, Budget::default()).ok()??;
    Picture::new(cover.bytes).ok()
}

/// Returns whether a picture is the poster of a movie already, by the hash in the path of the poster.
fn has_poster(movie: &Movie, picture: &Picture) -> bool {
    let sha256 = hex::encode(Sha256::digest(&picture.bytes));
    let path = ginflix_api::paths::poster_version(movie.id, &sha256);
    movie.poster_path.as_deref() == Some(&*path)
}

/// Imports a subtitle file. Returns whether it was new.
async fn add_subtitles(
    client: &Client,
    media: &Media,
    beside: &Beside,
    subtitles: &SubtitleFile,
    printer: &Printer,
) -> Result<bool> {
    let path = &subtitles.file.path;
    let (root, of_thread) = (Arc::clone(&beside.root), path.clone());
    let read = move || root.read(&of_thread, MAX_SUBTITLE_FILE_BYTES);
    let content = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(content)) => content,
        Ok(Err(error)) => {
            printer.warn(&format!("{}: it cannot be read: {error}", shown(path)));
            return Ok(false);
        }
        Err(error) => return Err(Failure::failed(format!("reading subtitles failed: {error}"))),
    };
    match client.import_subtitles(&media.name, &subtitles.to_query(), content.into()).await {
        Ok(imported) => {
            for problem in imported.added.iter().flat_map(|added| &added.problems) {
                printer.warn(&format!("{}: {problem}", shown(path)));
            }
            Ok(imported.added.is_some())
        }
        // The other files are imported all the same.
        Err(error) if error.code().is_some() => {
            printer.warn(&format!("{}: {error}", shown(path)));
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

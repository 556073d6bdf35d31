//! `ginflix movie remove`: removes a movie from the catalogue.

use ginflix_api::media::MediaName;
use ginflix_api::movie::MovieId;
use serde::Serialize;

use super::resolve;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::{connection, prompt};

/// The output of `-o json`.
#[derive(Serialize)]
struct RemovedMovie<'a> {
    removed: MovieId,
    title: &'a str,
    media: &'a MediaName,
    media_removed: bool,
}

pub async fn run(
    id_or_title: &str,
    with_media: bool,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let movie = resolve::find_movie(&client, id_or_title).await?;
    let what = if with_media { format!(" and its file {}", movie.media) } else { String::new() };
    let question = format!("Remove the movie “{}”{what}?", movie.title);
    if !global.yes && !prompt::confirm(&question, "--yes")? {
        return Err(Failure::failed("nothing was removed"));
    }
    client.remove_movie(movie.id).await?;
    if with_media {
        client
            .remove_media(&movie.media, false)
            .await
            .map_err(|e| Failure::from(e).context("the movie was removed, but not its file"))?;
    }
    let report = RemovedMovie {
        removed: movie.id,
        title: &movie.title,
        media: &movie.media,
        media_removed: with_media,
    };
    printer.result(&report, || format!("Removed the movie “{}”{what}.", movie.title));
    if !with_media {
        let remove = suggested_command_for(global, &format!("media remove '{}'", movie.media));
        printer.next_steps(&[(&remove, "delete its file as well")]);
    }
    Ok(ExitStatus::Done)
}

//! `ginflix subtitles add`: adds subtitle files to media files.

use std::path::Path;

use ginflix_api::client::Client;
use ginflix_api::error::ErrorCode;
use ginflix_api::media::MediaName;
use ginflix_api::subtitles::{AddSubtitles, AddedSubtitles, MAX_SUBTITLE_FILE_BYTES};
use ginflix_subtitles::file_name::find_media;

use super::subtitles_list;
use crate::args::SubtitlesAddArgs;
use crate::cluster::state::io_failure;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::size;
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;

pub async fn run(args: SubtitlesAddArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    if args.files.len() > 1 && (args.language.is_some() || args.title.is_some()) {
        return Err(Failure::new(ExitStatus::Usage, "--language and --title need a single file"));
    }
    let client = connection::connect(global).await?;
    let media = match &args.media {
        Some(media) => vec![media.clone()],
        None => media_names(&client).await?,
    };
    // A flag that is not given leaves it to the name of the file.
    let flag = |is_given: bool| is_given.then_some(true);
    let stated = AddSubtitles {
        file_name: String::new(),
        language: args.language.clone(),
        title: args.title.clone(),
        default: flag(args.default),
        forced: flag(args.forced),
        hearing_impaired: flag(args.hearing_impaired),
    };
    let (mut added, mut worst) = (Vec::new(), ExitStatus::Done);
    for file in &args.files {
        let of_file = match &args.media {
            Some(media) => Ok(media.clone()),
            None => media_of(file, &media, global),
        };
        let result = match of_file {
            Ok(media) => add(&client, file, &media, &stated, printer).await,
            Err(failure) => Err(failure),
        };
        match result {
            Ok(subtitles) => added.push(subtitles),
            Err(failure) => {
                let failure = failure.context(file.display());
                worst = worst.max(failure.status);
                printer.failure(&failure);
            }
        }
    }
    if !(added.is_empty() && printer.is_table()) {
        printer.result(&added, || {
            subtitles_list::render(added.iter().map(|added| &added.subtitles), printer.width())
        });
    }
    Ok(worst)
}

/// Returns the names of all media files of the server.
pub async fn media_names(client: &Client) -> Result<Vec<MediaName>> {
    Ok(client.all_media().await?.into_iter().map(|listed| listed.media.name).collect())
}

/// Returns the media file that a subtitle file belongs to by its name.
pub fn media_of(file: &Path, media: &[MediaName], global: &Global) -> Result<MediaName> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    find(&name, media).cloned().ok_or_else(|| {
        let command = format!("subtitles add --media NAME '{}'", file.display());
        Failure::new(
            ExitStatus::NotFound,
            "no media file has a name that this subtitle file begins with",
        )
        .hint(format!("say which one: {}", suggested_command_for(global, &command)))
    })
}

fn find<'a>(file_name: &str, media: &'a [MediaName]) -> Option<&'a MediaName> {
    // Media names lack some characters that file names may have.
    let nearest = MediaName::nearest(file_name);
    let nearest = nearest.as_ref().map_or(file_name, MediaName::as_str);
    let names = || media.iter().map(MediaName::as_str);
    let found = find_media(file_name, names()).or_else(|| find_media(nearest, names()));
    found.and_then(|(found, _)| media.iter().find(|media| media.as_str() == found))
}

/// Adds a subtitle file to a media file, and shows what was wrong with it.
pub async fn add(
    client: &Client,
    file: &Path,
    media: &MediaName,
    stated: &AddSubtitles,
    printer: &Printer,
) -> Result<AddedSubtitles> {
    let content = read(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let query = AddSubtitles { file_name: name.clone().into_owned(), ..stated.clone() };
    let added = client.add_subtitles(media, &query, content.into()).await.map_err(|error| {
        let is_unknown = error.code() == Some(ErrorCode::NotFound);
        let failure = Failure::from(error);
        if is_unknown { failure.hint("list the media files: ginflix media list") } else { failure }
    })?;
    for problem in &added.problems {
        printer.warn(&format!("{name}: {problem}"));
    }
    if added.replaced {
        printer
            .note(&format!("{name}: replaces earlier subtitles of the same language and purpose"));
    }
    Ok(added)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| {
        let mut failure = io_failure("read", file, &error);
        if error.kind() == std::io::ErrorKind::NotFound {
            failure.status = ExitStatus::NotFound;
        }
        failure
    };
    if std::fs::metadata(file).map_err(failed)?.len() > MAX_SUBTITLE_FILE_BYTES {
        let limit = size(MAX_SUBTITLE_FILE_BYTES);
        return Err(Failure::failed(format!("a subtitle file may have at most {limit}")));
    }
    std::fs::read(file).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtitle_file_belongs_to_the_media_file_with_the_start_of_its_name() {
        let media: Vec<MediaName> = ["Film.mkv", "Film 2.mkv", "Ocean_s Eleven.mp4"]
            .map(|name| name.parse().unwrap())
            .into();
        let found = |file: &str| find(file, &media).map(MediaName::as_str);
        assert_eq!(found("film.en.srt"), Some("Film.mkv"));
        assert_eq!(found("Film 2.de.forced.srt"), Some("Film 2.mkv"));
        assert_eq!(found("Ocean's Eleven.srt"), Some("Ocean_s Eleven.mp4"));
        assert_eq!(found("Other.srt"), None);
    }
}

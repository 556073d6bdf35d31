//! `ginflix subtitles remove`: removes subtitles of a media file.

use ginflix_api::media::MediaName;
use ginflix_api::subtitles::Subtitles;
use serde::Serialize;
use uuid::Uuid;

use super::subtitles_list::{render, short_id};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::{connection, prompt};

/// The output of `-o json`.
#[derive(Serialize)]
struct RemovedSubtitles {
    removed: Vec<Uuid>,
}

pub async fn run(
    media: &MediaName,
    which: &[String],
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let all = client.subtitles(media).await?;
    let mut chosen: Vec<&Subtitles> = Vec::new();
    for text in which {
        let found = find(&all, text, printer.width()).map_err(|failure| {
            let list = suggested_command_for(global, &format!("subtitles list '{media}'"));
            failure.context(media).hint(format!("see them all: {list}"))
        })?;
        if !chosen.iter().any(|subtitles| subtitles.id == found.id) {
            chosen.push(found);
        }
    }
    let files: Vec<&str> = chosen.iter().map(|subtitles| subtitles.file_name.as_str()).collect();
    let question = format!("Remove {} from {media}?", files.join(", "));
    if !global.yes && !prompt::confirm(&question, "--yes")? {
        return Err(Failure::failed("nothing was removed"));
    }
    for subtitles in &chosen {
        client.remove_subtitles(media, subtitles.id).await?;
    }
    let removed = RemovedSubtitles { removed: chosen.iter().map(|s| s.id).collect() };
    printer.result(&removed, || {
        files.iter().map(|file| format!("{file} was removed.")).collect::<Vec<_>>().join("\n")
    });
    Ok(ExitStatus::Done)
}

/// Returns the subtitles with this language, id, or start or end of an id.
fn find<'a>(all: &'a [Subtitles], text: &str, width: Option<u16>) -> Result<&'a Subtitles> {
    let is_meant = |subtitles: &&Subtitles| {
        let language = subtitles.language.as_deref();
        language.is_some_and(|language| language.eq_ignore_ascii_case(text))
            || short_id(subtitles) == text
            || (text.len() >= 8 && subtitles.id.to_string().starts_with(text))
    };
    let found: Vec<&Subtitles> = all.iter().filter(is_meant).collect();
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(Failure::new(ExitStatus::NotFound, format!("there are no subtitles {text:?}"))),
        several => {
            let list = render(several.iter().copied(), width);
            let message = format!("{text:?} is not unique; use an id:\n{list}");
            Err(Failure::new(ExitStatus::Usage, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subtitles(id: &str, language: Option<&str>) -> Subtitles {
        Subtitles {
            id: id.parse().unwrap(),
            media: "film.mkv".parse().unwrap(),
            language: language.map(str::to_owned),
            title: None,
            default: false,
            forced: false,
            hearing_impaired: false,
            file_name: "film.srt".to_owned(),
            cues: 1,
            sha256: String::new(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn subtitles_are_found_by_language_or_id() {
        let all = [
            subtitles("01a22de6-c2d3-7517-bdfa-ea454fefa013", Some("en")),
            subtitles("01a22de6-c2d3-7517-bdfa-ea454fefa014", Some("de")),
            subtitles("01a22de6-ffff-7517-bdfa-ea454fefa015", Some("de")),
        ];
        let id = |text| find(&all, text, None).map(|found| found.id).ok();
        assert_eq!(id("EN"), Some(all[0].id));
        assert_eq!(id("4fefa014"), Some(all[1].id));
        assert_eq!(id("01a22de6-ffff"), Some(all[2].id));
        let status = |text| find(&all, text, None).unwrap_err().status;
        assert_eq!(status("de"), ExitStatus::Usage);
        assert_eq!(status("01a22de6"), ExitStatus::Usage);
        assert_eq!(status("fr"), ExitStatus::NotFound);
    }
}

//! `ginflix subtitles list`: lists the subtitles that were added to a media file.

use ginflix_api::media::MediaName;
use ginflix_api::subtitles::Subtitles;

use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The characters of an id that tables show: enough to tell subtitles of one media file apart.
const ID_CHARS: usize = 8;

pub async fn run(media: &MediaName, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let all = client.subtitles(media).await?;
    printer.result(&all, || match all.is_empty() {
        true => format!("No subtitles were added to {media}."),
        false => render(&all, printer.width()),
    });
    if all.is_empty() {
        let add = format!("subtitles add --media '{media}' FILE.srt");
        printer.next_steps(&[(&suggested_command_for(global, &add), "add some")]);
    }
    Ok(ExitStatus::Done)
}

/// Formats a table of subtitles.
pub fn render<'a>(all: impl IntoIterator<Item = &'a Subtitles>, width: Option<u16>) -> String {
    let mut table = Table::new(&[
        ("ID", Column::Fixed),
        ("LANGUAGE", Column::Fixed),
        ("PURPOSE", Column::Text),
        ("CUES", Column::Number),
        ("FILE", Column::Text),
        ("MEDIA", Column::Text),
    ]);
    for subtitles in all {
        table.row([
            short_id(subtitles),
            subtitles.language.clone().unwrap_or_else(|| "unknown".to_owned()),
            purpose(subtitles),
            subtitles.cues.to_string(),
            subtitles.file_name.clone(),
            subtitles.media.to_string(),
        ]);
    }
    table.render(width)
}

/// Returns the end of an id: the start is the time, which subtitles that were added together share.
pub fn short_id(subtitles: &Subtitles) -> String {
    let id = subtitles.id.simple().to_string();
    id.get(id.len() - ID_CHARS..).unwrap_or(&id).to_owned()
}

/// Describes what subtitles are for.
fn purpose(subtitles: &Subtitles) -> String {
    let flags = [
        (subtitles.default, "default"),
        (subtitles.forced, "forced"),
        (subtitles.hearing_impaired, "hearing impaired"),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned());
    flags.chain(subtitles.title.clone()).collect::<Vec<_>>().join(", ")
}

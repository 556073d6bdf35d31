//! `ginflix media show`: shows what is in a media file, and which browsers play it.

mod tracks;

use ginflix_api::client::Client;
use ginflix_api::inspection::{Attachment, Chapter, Inspection};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::replica::ListedMedia;
use ginflix_media::playability::container_name;
use jiff::Timestamp;

use super::playability::{ContentVerdict, outcome_text};
use super::replicas;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{age, bit_rate, in_one_line, play_time, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(name: &MediaName, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let listed = client.media(name).await?.ok_or_else(|| unknown(name, global))?;
    let url = stream_url(&client, &listed);
    printer.result(&listed, || render(&listed, &url, Timestamp::now(), printer.width()));
    Ok(ExitStatus::Done)
}

/// Creates the failure of a name that no media file has.
fn unknown(name: &MediaName, global: &Global) -> Failure {
    let list = suggested_command_for(global, "media list");
    Failure::new(ExitStatus::NotFound, format!("there is no media file named {name}"))
        .hint(format!("list the media files: {list}"))
}

fn stream_url(client: &Client, listed: &ListedMedia) -> String {
    let path = &listed.media.stream_path;
    client.url(path).map_or_else(|_| path.clone(), |url| url.to_string())
}

/// Formats the file, and what is in it. The command that helps stays on one line, so that it can
/// be copied.
fn render(listed: &ListedMedia, url: &str, now: Timestamp, width: Option<u16>) -> String {
    let verdict = ContentVerdict::of(listed);
    let mut sections = vec![render_facts(listed, &verdict, url, now, width)];
    if let Some(found) = &listed.media.inspection {
        sections.push(tracks::render(&found.tracks, width));
        sections.push(render_chapters(&found.chapters, width));
        sections.push(render_attachments(&found.attachments, width));
    }
    sections.push(render_browsers(&verdict, width));
    sections.push(render_reasons(&verdict, width));
    if let Some(remedy) = &verdict.playability().remedy {
        let remedy = in_one_line(remedy);
        sections.push(format!("This command makes a copy that plays everywhere:\n  {remedy}"));
    }
    sections.retain(|section| !section.is_empty());
    sections.join("\n\n")
}

/// Formats what is known about the file as a whole.
fn render_facts(
    listed: &ListedMedia,
    verdict: &ContentVerdict<'_>,
    url: &str,
    now: Timestamp,
    width: Option<u16>,
) -> String {
    let media = &listed.media;
    let found = media.inspection.as_ref();
    let mut table = Table::key_value();
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    row("Name", media.name.to_string());
    row("Verdict", verdict.summary());
    let title = found.and_then(|found| found.title.as_deref());
    row("Title", title.map(in_one_line).unwrap_or_default());
    row("Type", file_type(found, &media.content_type));
    let seconds = media.duration_seconds.or(found.and_then(|found| found.duration_seconds));
    row("Length", seconds.map_or("not stated in the file".to_owned(), play_time));
    row("Size", size(media.size_bytes));
    row("Bit rate", found.map(average_and_peak).unwrap_or_default());
    row("Added", age(media.created_at, now));
    if listed.replication.is_some() {
        let (count, health) = (replicas::replica_count(listed), replicas::health(listed));
        row("Copies", format!("{count}, {}", in_one_line(&health)));
    }
    row("Original name", media.file_name.as_deref().map(in_one_line).unwrap_or_default());
    row("In library", library_text(media));
    row("SHA-256", media.sha256.clone().unwrap_or_default());
    row("File at", url.to_owned());
    table.render(width)
}

/// Returns the library that a file is in, and since when it is missing.
fn library_text(media: &Media) -> String {
    let Some(library) = media.library else { return String::new() };
    match media.missing_since {
        None => library.to_string(),
        Some(since) => format!("{library}, but missing since {since}"),
    }
}

/// Formats the container and the content type, which follows from the name of the file.
fn file_type(found: Option<&Inspection>, content_type: &str) -> String {
    match found {
        None => content_type.to_owned(),
        Some(found) => {
            let fragmented = if found.fragmented { ", fragmented" } else { "" };
            format!("{}{fragmented} ({content_type})", container_name(found.container))
        }
    }
}

fn average_and_peak(found: &Inspection) -> String {
    let average = found.bit_rate.map(|rate| format!("{} on average", bit_rate(rate)));
    let peak = found.peak_bit_rate.map(|rate| format!("{} at most", bit_rate(rate)));
    average.into_iter().chain(peak).collect::<Vec<_>>().join(", ")
}

fn render_chapters(chapters: &[Chapter], width: Option<u16>) -> String {
    if chapters.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        ("CHAPTER", Column::Number),
        ("START", Column::Number),
        ("TITLE", Column::Text),
    ]);
    for (index, chapter) in chapters.iter().enumerate() {
        let start = play_time(chapter.start_seconds);
        table.row([(index + 1).to_string(), start, in_one_line(&chapter.title)]);
    }
    table.render(width)
}

fn render_attachments(attachments: &[Attachment], width: Option<u16>) -> String {
    if attachments.is_empty() {
        return String::new();
    }
    let headings = [("ATTACHMENT", Column::Text), ("TYPE", Column::Text), ("SIZE", Column::Number)];
    let mut table = Table::new(&headings);
    for attachment in attachments {
        let (name, media_type) = (&attachment.name, &attachment.media_type);
        table.row([in_one_line(name), in_one_line(media_type), size(attachment.size_bytes)]);
    }
    table.render(width)
}

fn render_browsers(verdict: &ContentVerdict<'_>, width: Option<u16>) -> String {
    let browsers = &verdict.playability().browsers;
    if browsers.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[("BROWSER", Column::Fixed), ("ON THE WEB SITE", Column::Text)]);
    for entry in browsers {
        table.row([entry.browser.name(), outcome_text(entry.outcome)]);
    }
    table.render(width)
}

fn render_reasons(verdict: &ContentVerdict<'_>, width: Option<u16>) -> String {
    let mut table = Table::key_value();
    for reason in &verdict.playability().reasons {
        table.row(["Why".to_owned(), in_one_line(reason)]);
    }
    if verdict.is_pending() {
        table.row(["Why", "No streamer has read what is in the file yet; look again later."]);
    }
    table.render(width)
}

#[cfg(test)]
mod tests;

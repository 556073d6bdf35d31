//! `ginflix media list`: lists the media files.

use ginflix_api::replica::{ListedMedia, MediaProblem};
use jiff::Timestamp;

use super::playability::ContentVerdict;
use super::replicas;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{age, count, in_one_line, play_time, size};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

pub async fn run(only_problems: bool, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (all, problems) = connection::connect(global).await?.all_media_and_problems().await?;
    let listed = match only_problems {
        true => all.iter().filter(|listed| ContentVerdict::of(listed).is_problem()).collect(),
        false => all.iter().collect::<Vec<_>>(),
    };
    printer.result(&listed, || match only_problems {
        true => render_only_problems(&all, &listed, &problems, printer.width()),
        false => render_all(&all, &problems, printer.width()),
    });
    if !printer.is_table() {
        for problem in &problems {
            printer.warn(&problem.to_string());
        }
    }
    if all.is_empty() {
        printer.next_steps(&[(&suggested_command_for(global, "upload FILM.mp4"), "upload a film")]);
    } else if only_problems && !listed.is_empty() {
        let show = suggested_command_for(global, "media show NAME");
        printer.next_steps(&[(&show, "see the reasons, and what helps")]);
    }
    Ok(ExitStatus::Done)
}

/// Formats all files, and the files that cannot be taken up.
fn render_all(all: &[ListedMedia], problems: &[MediaProblem], width: Option<u16>) -> String {
    let text = match all.is_empty() {
        true => "There are no media files yet.".to_owned(),
        false => render(all, width),
    };
    match problems.is_empty() {
        true => text,
        false => format!("{}\n\n{}", text.trim_end(), render_problems(problems)),
    }
}

/// Formats the files of `all` that are damaged or do not play everywhere, and the files that cannot
/// be taken up.
fn render_only_problems(
    all: &[ListedMedia],
    listed: &[&ListedMedia],
    problems: &[MediaProblem],
    width: Option<u16>,
) -> String {
    let mut sections = Vec::new();
    if !listed.is_empty() {
        let mut table = Table::new(&[("NAME", Column::Text), ("WHAT IS WRONG", Column::Text)]);
        for listed in listed {
            table.row([listed.media.name.to_string(), ContentVerdict::of(listed).summary()]);
        }
        sections.push(table.render(width));
    }
    if !problems.is_empty() {
        sections.push(render_problems(problems));
    }
    let pending = all.iter().filter(|listed| ContentVerdict::of(listed).is_pending()).count();
    if all.is_empty() && sections.is_empty() {
        sections.push("There are no media files yet.".to_owned());
    } else if sections.is_empty() {
        sections.push("No problems: no file is known to be damaged, or not to play.".to_owned());
    }
    if pending > 0 {
        let files = count(pending as u64, "file is", "files are");
        sections.push(format!("{files} not inspected yet."));
    }
    sections.join("\n\n")
}

/// Formats the files that cannot be taken up as a list.
fn render_problems(problems: &[MediaProblem]) -> String {
    // Anybody may have chosen the name of such a file.
    let lines = problems.iter().map(|problem| format!("  {}", in_one_line(&problem.to_string())));
    format!("Files on the volume that need your help:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Formats the files as a table, with columns for their replicas if they are replicated.
pub fn render(all: &[ListedMedia], width: Option<u16>) -> String {
    let is_replicated = all.iter().any(|listed| listed.replication.is_some());
    let mut headings = vec![
        ("NAME", Column::Text),
        ("TYPE", Column::Fixed),
        ("LENGTH", Column::Number),
        ("SIZE", Column::Number),
        ("ADDED", Column::Fixed),
    ];
    if is_replicated {
        headings.extend([("COPIES", Column::Number), ("HEALTH", Column::Text)]);
    }
    let mut table = Table::new(&headings);
    for listed in all {
        let media = &listed.media;
        let mut cells = vec![
            media.name.to_string(),
            media.content_type.clone(),
            media.duration_seconds.map_or("–".to_owned(), play_time),
            size(media.size_bytes),
            age(media.created_at, Timestamp::now()),
        ];
        if is_replicated {
            cells.extend([replicas::replica_count(listed), replicas::health(listed)]);
        }
        table.row(cells);
    }
    table.render(width)
}

#[cfg(test)]
mod tests;

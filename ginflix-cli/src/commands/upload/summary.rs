//! What became of the files in a folder.

use ginflix_api::import::ImportOutcome;

use super::collection::Put;
use super::dry_run::{render_skipped, skipped};
use super::report::{UploadReport, UploadState};
use super::source::Sources;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// Prints the results of a folder: what is new, what is left out and why, and the numbers of all.
pub fn print(
    reports: &mut Vec<UploadReport>,
    sources: &Sources,
    add_movies: bool,
    put: Option<&Put>,
    printer: &Printer,
) {
    let mut counts = counts(reports, sources.skipped.len(), add_movies);
    counts.extend(collections(reports, put));
    let counts = counts.join("\n");
    let left_out = skipped(sources);
    let table = || {
        let parts =
            [render_new(reports, printer.width()), render_skipped(&left_out, printer.width())];
        let parts: Vec<String> = parts.into_iter().flatten().chain([counts]).collect();
        parts.join("\n\n")
    };
    if printer.is_table() {
        printer.result(&(), table);
        return;
    }
    for (folder, skipped) in &sources.skipped {
        let path = folder.join(&skipped.path);
        reports.push(UploadReport::skipped(&path, skipped.reason.to_string()));
    }
    printer.result(reports, String::new);
}

/// Formats the files that are new or changed something; `None` if there are none.
fn render_new(reports: &[UploadReport], width: Option<u16>) -> Option<String> {
    let mut table =
        Table::new(&[("NAME", Column::Text), ("STATE", Column::Fixed), ("MOVIE", Column::Fixed)]);
    let mut is_empty = true;
    for report in reports {
        let movie = report.movie.map(outcome_text).unwrap_or_default();
        let is_new = report.state == UploadState::Uploaded
            || matches!(report.movie, Some(ImportOutcome::Added | ImportOutcome::Updated));
        if is_new {
            table.row([report.shown_name(), report.state.text().to_owned(), movie.to_owned()]);
            is_empty = false;
        }
    }
    (!is_empty).then(|| table.render(width))
}

fn outcome_text(outcome: ImportOutcome) -> &'static str {
    match outcome {
        ImportOutcome::Added => "added",
        ImportOutcome::Updated => "updated",
        ImportOutcome::Unchanged | ImportOutcome::Kept => "unchanged",
        ImportOutcome::Removed => "was removed",
    }
}

/// Returns the numbers of files and movies, as sentences.
fn counts(reports: &[UploadReport], skipped: usize, add_movies: bool) -> Vec<String> {
    let files = |state: UploadState| reports.iter().filter(|r| r.state == state).count();
    let movies = |outcomes: &[ImportOutcome]| {
        reports.iter().filter(|r| r.movie.is_some_and(|found| outcomes.contains(&found))).count()
    };
    let mut lines = vec![format!(
        "Files: {} uploaded, {} already there, {skipped} left out, {} failed.",
        files(UploadState::Uploaded),
        files(UploadState::AlreadyThere),
        files(UploadState::Failed),
    )];
    if add_movies {
        use ImportOutcome as O;
        lines.push(format!(
            "Movies: {} added, {} updated, {} unchanged.",
            movies(&[O::Added]),
            movies(&[O::Updated]),
            movies(&[O::Unchanged, O::Kept]),
        ));
        match movies(&[O::Removed]) {
            0 => {}
            removed => lines.push(format!(
                "{} removed on the server, and not added again; `ginflix movie add` does so.",
                counted(removed, "movie was", "movies were")
            )),
        }
    }
    let posters = reports.iter().filter(|report| report.new_poster).count();
    let subtitles: usize = reports.iter().map(|report| report.new_subtitles).sum();
    if posters + subtitles > 0 {
        let posters = counted(posters, "poster", "posters");
        let subtitles = counted(subtitles, "subtitle file", "subtitle files");
        lines.push(format!("Added {posters} and {subtitles}."));
    }
    lines
}

/// Says which collections were added, and what was put into that of `--collection`; `None` if there is neither.
fn collections(reports: &[UploadReport], put: Option<&Put>) -> Option<String> {
    let of_seasons: u64 = reports.iter().map(|report| report.new_collections).sum();
    let added = of_seasons + u64::from(put.is_some_and(|put| put.is_new));
    let put = put.map(Put::sentence);
    match (added, put) {
        (0, None) => None,
        (0, Some(put)) => Some(put),
        (added, put) => {
            let added = format!("Collections: {added} added.");
            Some([Some(added), put].into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn report(state: UploadState, movie: Option<ImportOutcome>) -> UploadReport {
        let mut report = UploadReport::failed(Path::new("a/b.mkv"), String::new());
        (report.state, report.movie) = (state, movie);
        report
    }

    #[test]
    fn the_numbers_of_all_files_are_shown() {
        let reports = [
            report(UploadState::Uploaded, Some(ImportOutcome::Added)),
            report(UploadState::AlreadyThere, Some(ImportOutcome::Unchanged)),
            report(UploadState::AlreadyThere, Some(ImportOutcome::Removed)),
            report(UploadState::Failed, None),
        ];
        let text = counts(&reports, 3, true).join("\n");
        assert!(text.starts_with("Files: 1 uploaded, 2 already there, 3 left out, 1 failed."));
        assert!(
            text.contains("Movies: 1 added, 0 updated, 1 unchanged.\n1 movie was removed"),
            "{text}"
        );
        assert_eq!(collections(&reports, None), None);
        let new = render_new(&reports, None).unwrap();
        assert_eq!(new.lines().count(), 3, "{new}");
        assert_eq!(render_new(&reports[1..], None), None);
    }

    #[test]
    fn the_collections_of_seasons_and_of_the_command_line_are_counted() {
        let mut report = report(UploadState::Uploaded, Some(ImportOutcome::Added));
        report.new_collections = 2;
        let put = Put { title: "Course".to_owned(), is_new: true, added: 1 };
        let text = collections(&[report], Some(&put)).unwrap();
        assert_eq!(text, "Collections: 3 added. 1 movie was put into \"Course\".");
        let put = Put { is_new: false, added: 0, ..put };
        assert_eq!(collections(&[], Some(&put)).unwrap(), "0 movies were put into \"Course\".");
    }
}

//! `ginflix views --explain`: shows why playbacks of a movie did or did not count.

use ginflix_api::views::{NotCountedReason, ViewBasis, ViewExplanation};

use super::resolve;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::format::{bar, count};
use crate::global::Global;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The width of the longest bar, in columns.
const BAR_WIDTH: usize = 16;

pub async fn run(id_or_title: &str, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let movie = resolve::find_movie(&client, id_or_title).await?;
    let explanation = client.explain_views(movie.id).await?;
    printer.result(&explanation, || {
        let total = format!(
            "{}: {}",
            explanation.title,
            count(explanation.playbacks, "playback", "playbacks")
        );
        if explanation.playbacks == 0 {
            return total;
        }
        format!("{total}\n\n{}", table(&explanation).render(printer.width()))
    });
    Ok(ExitStatus::Done)
}

fn table(explanation: &ViewExplanation) -> Table {
    let mut table = Table::new(&[
        ("OUTCOME", Column::Text),
        ("PLAYBACKS", Column::Number),
        ("", Column::Fixed),
    ]);
    let mut row = |playbacks: u64, why: &str| {
        let bar = bar(playbacks, explanation.playbacks, BAR_WIDTH);
        table.row([why.to_owned(), playbacks.to_string(), bar]);
    };
    for group in &explanation.counted_by {
        row(group.playbacks, &format!("counted: {}", explain_basis(group.basis)));
    }
    // A server of an earlier version says no more than the number.
    let explained: u64 = explanation.counted_by.iter().map(|group| group.playbacks).sum();
    if explained < explanation.counted || explanation.counted == 0 {
        row(explanation.counted - explained, "counted");
    }
    for group in &explanation.not_counted {
        let verdict = match group.reason {
            NotCountedReason::AwaitingEvidence => "not counted yet",
            _ => "not counted",
        };
        row(group.playbacks, &format!("{verdict}: {}", explain(group.reason)));
    }
    table
}

fn explain(reason: NotCountedReason) -> &'static str {
    match reason {
        NotCountedReason::NeverPlayed => "opened, but never played",
        NotCountedReason::TooShort => "less was watched than a view needs",
        NotCountedReason::AheadOfClock => {
            "more was reported than can have been watched in that time"
        }
        NotCountedReason::Crawler => "the client is a known crawler",
        NotCountedReason::AwaitingEvidence => "the streamers have not said yet what they sent",
        NotCountedReason::NoEvidence => "no streamer sent that address anything of the film",
        NotCountedReason::MoreThanSent => "more was reported than streamers sent to that address",
        NotCountedReason::UnverifiedLimit => {
            "unknown what was sent, and the limit of that address was reached"
        }
    }
}

fn explain_basis(basis: ViewBasis) -> &'static str {
    match basis {
        ViewBasis::Sent => "the streamers sent enough of the film",
        ViewBasis::Revalidated => "the browser confirmed its copy of the film",
        ViewBasis::Unverified => "unknown what was sent, within the limit of that address",
        ViewBasis::Reported => "reported by the player, to an earlier version",
    }
}

//! `ginflix views`: reports how often movies were viewed.

use ginflix_api::views::{self, DayViews, ViewQuery, ViewReport};
use jiff::{Timestamp, civil::Date};

use crate::args::{ViewsArgs, ViewsBy};
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::{age, bar, count};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;
use crate::table::{Column, Table};

/// The most days of a chart that shows days without views as well. A longer chart leaves
/// them out.
const MAX_CHART_DAYS: i32 = 400;

pub async fn run(args: &ViewsArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        return Err(Failure::new(ExitStatus::Usage, "--since is after --until"));
    }
    let (since, until, top) = (args.since, args.until, args.top);
    let query = ViewQuery { since, until, top, ..ViewQuery::default() };
    if args.csv {
        let by = match args.by {
            ViewsBy::Movie => views::ViewsBy::Movie,
            ViewsBy::Day => views::ViewsBy::Day,
        };
        let csv = connection::connect(global).await?.views_csv(&query, by).await?;
        printer.data(csv.trim_end());
        return Ok(ExitStatus::Done);
    }
    let report = connection::connect(global).await?.views(&query).await?;
    printer.result(&report, || {
        let bar_width = if printer.width().is_some_and(|width| width < 70) { 10 } else { 24 };
        let table = match args.by {
            ViewsBy::Movie => by_movie(&report, bar_width, Timestamp::now()),
            ViewsBy::Day => by_day(&report.days, bar_width),
        };
        let total = format!("{}{}", count(report.total, "view", "views"), describe_period(args));
        match table {
            Some(table) => format!("{}\n\n{total}", table.render(printer.width())),
            None => total,
        }
    });
    if report.total == 0 {
        printer.next_steps(&[(
            &suggested_command_for(global, "views --explain MOVIE"),
            "see why playbacks of a movie did not count",
        )]);
    }
    Ok(ExitStatus::Done)
}

fn by_movie(report: &ViewReport, bar_width: usize, now: Timestamp) -> Option<Table> {
    let mut table = Table::new(&[
        ("MOVIE", Column::Text),
        ("VIEWS", Column::Number),
        ("", Column::Fixed),
        ("LAST VIEWED", Column::Fixed),
    ]);
    let largest = report.movies.iter().map(|movie| movie.views).max()?;
    for movie in &report.movies {
        table.row([
            movie.title.clone(),
            movie.views.to_string(),
            bar(movie.views, largest, bar_width),
            movie.last_viewed_at.map_or("never".to_owned(), |then| age(then, now)),
        ]);
    }
    Some(table)
}

fn by_day(days: &[DayViews], bar_width: usize) -> Option<Table> {
    let mut table =
        Table::new(&[("DAY", Column::Fixed), ("VIEWS", Column::Number), ("", Column::Fixed)]);
    let largest = days.iter().map(|day| day.views).max()?;
    for (day, views) in without_gaps(days) {
        table.row([day.to_string(), views.to_string(), bar(views, largest, bar_width)]);
    }
    Some(table)
}

/// Adds the days without views, so that the chart is proportional to time.
fn without_gaps(days: &[DayViews]) -> Vec<(Date, u64)> {
    let viewed: Vec<(Date, u64)> = days.iter().map(|day| (day.day, day.views)).collect();
    let (Some((first, _)), Some((last, _))) = (viewed.first(), viewed.last()) else {
        return viewed;
    };
    if first.until(*last).is_ok_and(|span| span.get_days() > MAX_CHART_DAYS) {
        return viewed;
    }
    let views_of = |day: Date| viewed.iter().find(|(viewed, _)| *viewed == day).map_or(0, |d| d.1);
    std::iter::successors(Some(*first), |day| day.tomorrow().ok())
        .take_while(|day| day <= last)
        .map(|day| (day, views_of(day)))
        .collect()
}

fn describe_period(args: &ViewsArgs) -> String {
    match (args.since, args.until) {
        (None, None) => " in total".to_owned(),
        (Some(since), None) => format!(" since {since}"),
        (None, Some(until)) => format!(" until {until}"),
        (Some(since), Some(until)) => format!(" from {since} to {until}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: &str, views: u64) -> DayViews {
        DayViews { day: day.parse().unwrap(), views }
    }

    #[test]
    fn days_without_views_are_added() {
        let days = without_gaps(&[day("2026-02-27", 3), day("2026-03-02", 1)]);
        let text: Vec<String> = days.iter().map(|(d, v)| format!("{d}={v}")).collect();
        assert_eq!(text, ["2026-02-27=3", "2026-02-28=0", "2026-03-01=0", "2026-03-02=1"]);
    }

    #[test]
    fn years_without_views_are_not_added() {
        assert_eq!(without_gaps(&[day("2020-01-01", 1), day("2026-01-01", 1)]).len(), 2);
        assert!(without_gaps(&[]).is_empty());
    }
}

//! `ginflix cluster check`: looks for problems, and tests how a media file is served.

use std::fs;

use console::style;
use serde::Serialize;

use crate::args::CheckArgs;
use crate::cluster::check::{self, Check, CheckOutcome};
use crate::cluster::state::io_failure;
use crate::error::{ExitStatus, Failure, Result};
use crate::format::count;
use crate::global::Global;
use crate::hint::TargetFlags;
use crate::printer::Printer;

/// The output of `-o json`.
#[derive(Serialize)]
struct CheckReport<'a> {
    cluster: &'a str,
    passed: usize,
    warnings: usize,
    failed: usize,
    skipped: usize,
    checks: &'a [Check],
}

pub async fn run(args: &CheckArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let mut checks = if args.pre {
        check::preflight(global, args.provider, args.port, printer).await?
    } else {
        check::diagnose(global, args.media.as_ref(), printer).await?
    };
    let target = TargetFlags::new(global);
    for hint in checks.iter_mut().filter_map(|check| check.hint.as_mut()) {
        *hint = target.complete(hint);
    }
    if let Some(path) = &args.junit {
        let text = check::to_junit(&global.cluster, &checks)
            .map_err(|e| Failure::failed(format!("cannot write the checks as JUnit XML: {e}")))?;
        fs::write(path, text).map_err(|e| io_failure("write", path, &e))?;
    }
    let number_of = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    let report = CheckReport {
        cluster: &global.cluster,
        passed: number_of(CheckOutcome::Passed),
        warnings: number_of(CheckOutcome::Warning),
        failed: number_of(CheckOutcome::Failed),
        skipped: number_of(CheckOutcome::Skipped),
        checks: &checks,
    };
    printer.result(&report, || render(&report, printer.width()));
    Ok(check::exit_status(&checks, args.fail_on))
}

/// Formats the checks by category, and the number of checks of each outcome.
fn render(report: &CheckReport, width: Option<u16>) -> String {
    let mut lines = Vec::new();
    let mut category = None;
    for check in report.checks {
        if category != Some(check.category) {
            if category.is_some() {
                lines.push(String::new());
            }
            lines.push(style(check.category.title()).bold().to_string());
            category = Some(check.category);
        }
        let mark = match check.outcome {
            CheckOutcome::Passed => style("✓").green(),
            CheckOutcome::Skipped => style("-").dim(),
            CheckOutcome::Warning => style("!").yellow().bold(),
            CheckOutcome::Failed => style("✗").red().bold(),
        };
        let gap = if check.detail.is_empty() { "" } else { ": " };
        let summary = format!("{}{gap}{}", check.subject, check.detail);
        lines.push(wrap(&format!("  {mark} "), "    ", &summary, width));
        if let Some(hint) = check.hint.as_ref().filter(|hint| !hint.is_empty()) {
            lines.push(wrap("    → ", "      ", hint, width));
        }
        if let Some(page) = &check.page {
            lines.push(format!("      {}", style(page).dim()));
        }
    }
    let if_any = |number: usize, one, many| (number > 0).then(|| count(number as u64, one, many));
    let counts = [
        if_any(report.passed, "passed", "passed"),
        if_any(report.warnings, "warning", "warnings"),
        if_any(report.failed, "failed", "failed"),
        if_any(report.skipped, "skipped", "skipped"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    lines.push(format!("\n{}", counts.join(", ")));
    lines.join("\n")
}

/// Wraps text between words to the width of the terminal. The first line starts with
/// `first`, the others with `indent`.
fn wrap(first: &str, indent: &str, text: &str, width: Option<u16>) -> String {
    let columns = width.map_or(usize::MAX, usize::from).max(40);
    let (mut lines, mut line) = (Vec::new(), first.to_owned());
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let end = console::measure_text_width(&line) + console::measure_text_width(word) + 1;
        if !is_empty && end > columns {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::check::Category;

    #[test]
    fn a_report_fits_the_terminal_and_says_what_to_do() {
        let checks = [
            Check::passed(Category::Nodes, "nodes", "3 are ready"),
            Check::failed(
                Category::Playback,
                "streamer-1: last bytes",
                "got 416 and a text that is long enough to be broken somewhere in the middle",
                "verify and repair it: ginflix media repair --wait",
            ),
        ];
        let report = CheckReport {
            cluster: "ginflix",
            passed: 1,
            warnings: 0,
            failed: 1,
            skipped: 0,
            checks: &checks,
        };
        let text = render(&report, Some(80));
        for line in text.lines() {
            assert!(console::measure_text_width(line) <= 80, "{line}");
        }
        assert!(text.contains("  ✓ nodes: 3 are ready"));
        assert!(text.contains("docs/checks.md#film"));
        assert!(text.ends_with("1 passed, 1 failed"));
    }
}

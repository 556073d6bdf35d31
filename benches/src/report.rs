//! What was measured, as Markdown.

use std::fmt::Display;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

use crate::cold::{Beside, Reads};
use crate::throughput::{Measured, Sample};
use crate::viewers::Watched;

/// The most of nginx's processor time that answers of 64 KiB may take.
const GOAL_SMALL: f64 = 0.80;

/// The most of the bare loop's processor time that answers from 1 MiB on may take.
const GOAL_LARGE: f64 = 1.05;

/// How much slower a warm read may be beside streams from the disk, at the 99th percentile.
const GOAL_COLD: f64 = 3.0;

impl Sample {
    fn requests_per_second(&self) -> f64 {
        self.load.requests as f64 / self.load.time.as_secs_f64()
    }

    fn gbit_per_second(&self) -> f64 {
        self.load.bytes as f64 * 8.0 / 1e9 / self.load.time.as_secs_f64()
    }

    fn ms_per_gib(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1000.0 / (self.load.bytes as f64 / f64::from(1 << 30))
    }

    fn server_ms_per_gib(&self) -> f64 {
        self.ms_per_gib(self.cpu)
    }

    /// The processor time of the gateway for each GiB, in ms; not a number without a gateway.
    fn gateway_ms_per_gib(&self) -> f64 {
        self.gateway_cpu.map_or(f64::NAN, |cpu| self.ms_per_gib(cpu))
    }
}

impl Measured {
    /// The median, the lowest and the highest of a figure.
    fn spread(&self, figure: impl Fn(&Sample) -> f64) -> [f64; 3] {
        let mut figures: Vec<f64> = self.samples.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |nth: usize| figures.get(nth).copied().unwrap_or(f64::NAN);
        [at(figures.len() / 2), at(0), at(figures.len().saturating_sub(1))]
    }

    fn median(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        self.spread(figure)[0]
    }

    fn errors(&self) -> u64 {
        self.samples.iter().map(|sample| sample.load.errors).sum()
    }

    /// The case, in the first two columns.
    fn case(&self) -> [String; 2] {
        let size = match self.part >> 10 {
            0 => "whole file".to_owned(),
            kib if kib < 1024 => format!("{kib} KiB"),
            kib => format!("{} MiB", kib >> 10),
        };
        [size, self.at_once.to_string()]
    }

    /// A figure against that of another contender in the same case: the ratio of the medians.
    fn ratio_to(&self, name: &str, all: &[Measured], figure: fn(&Sample) -> f64) -> Option<f64> {
        let same = |other: &&Measured| {
            other.name == name && other.part == self.part && other.at_once == self.at_once
        };
        let other = all.iter().find(same)?;
        Some(self.median(figure) / other.median(figure))
    }
}

/// Prints a heading and what is to be known of the table below it.
pub fn show_section(title: &str, text: &str) {
    show_text(&format!("\n## {title}\n\n{text}"));
}

/// Prints lines of text.
#[allow(clippy::print_stdout)] // the page is what this program is for
pub fn show_text(text: &str) {
    println!("{text}");
}

/// Prints what it cost servers to send, and the ratios to some of them.
pub fn show_cost(all: &[Measured], ratios_to: &[&str]) {
    let mut titles: Vec<String> =
        ["answers", "at once", "server", "CPU ms/GiB", "lowest .. highest"].map(Into::into).into();
    titles.extend(ratios_to.iter().map(|name| format!("to {name}")));
    titles.extend(["Gbit/s", "answers/s", "MiB", "errors"].map(Into::into));
    let rows = all.iter().map(|measured| {
        let mut row = measured.case().to_vec();
        row.push(measured.name.clone());
        row.extend(spread(measured.spread(Sample::server_ms_per_gib)));
        row.extend(ratios_to.iter().map(|name| {
            let ratio = measured.ratio_to(name, all, Sample::server_ms_per_gib);
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
        }));
        row.extend([
            format!("{:.1}", measured.median(Sample::gbit_per_second)),
            format!("{:.0}", measured.median(Sample::requests_per_second)),
            format!("{:.1}", measured.median(|sample| sample.memory as f64 / f64::from(1 << 20))),
            measured.errors().to_string(),
        ]);
        row
    });
    show(&titles, &[2], rows);
}

/// Prints what it cost gateways to pass on, apart from the server behind them, and the ratio to one
/// of them.
pub fn show_gateways(all: &[Measured], way: &str, ratio_to: Option<&str>) {
    let mut titles: Vec<String> =
        ["answers", "at once", way, "gateway CPU ms/GiB", "lowest .. highest"]
            .map(Into::into)
            .into();
    titles.extend(ratio_to.map(|name| format!("to \"{name}\"")));
    titles.extend(
        ["server CPU ms/GiB", "lowest .. highest", "Gbit/s", "answers/s", "gateway MiB", "errors"]
            .map(Into::into),
    );
    let rows = all.iter().map(|measured| {
        let has_gateway = measured.samples.iter().all(|sample| sample.gateway_cpu.is_some());
        let gateway = spread(measured.spread(Sample::gateway_ms_per_gib));
        let memory = measured.median(|sample| sample.memory as f64 / f64::from(1 << 20));
        let mut row = measured.case().to_vec();
        row.push(measured.name.clone());
        row.extend(if has_gateway { gateway } else { [String::new(), String::new()] });
        row.extend(ratio_to.map(|name| {
            let ratio = measured.ratio_to(name, all, Sample::gateway_ms_per_gib);
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
        }));
        row.extend(spread(measured.spread(Sample::server_ms_per_gib)));
        row.extend([
            format!("{:.1}", measured.median(Sample::gbit_per_second)),
            format!("{:.0}", measured.median(Sample::requests_per_second)),
            if has_gateway { format!("{memory:.1}") } else { String::new() },
            measured.errors().to_string(),
        ]);
        row
    });
    show(&titles, &[2], rows);
}

/// Prints whether plain HTTP is within its goals, by the ratios of the medians.
pub fn show_cost_goals(all: &[Measured]) {
    let ratios = |is_in: fn(u64) -> bool, to: &str| -> Vec<f64> {
        let ours = all.iter().filter(|measured| measured.name == "ginflix" && is_in(measured.part));
        ours.filter_map(|measured| measured.ratio_to(to, all, Sample::server_ms_per_gib)).collect()
    };
    show_text("");
    show_goal(
        "of nginx's processor time for answers of 64 KiB",
        GOAL_SMALL,
        &ratios(|part| part == 64 << 10, "nginx"),
    );
    show_goal(
        "of the bare loop's for answers from 1 MiB on",
        GOAL_LARGE,
        &ratios(|part| part >= 1 << 20, "sendfile"),
    );
}

fn show_goal(what: &str, goal: f64, ratios: &[f64]) {
    let Some(worst) = ratios.iter().copied().max_by(f64::total_cmp) else { return };
    let shown: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    let shown = shown.join(", ");
    show_text(&format!("- Goal: at most {goal:.2} {what}: {shown}. {}", verdict(worst <= goal)));
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "Met." } else { "Missed." }
}

/// Prints what became of viewers at the pace of their film.
pub fn show_viewers(rows: &[(&str, Watched)]) {
    let titles = ["server", "Gbit", "CPU s", "stalls", "longest wait ms", "errors", "KiB each"];
    show(
        &titles,
        &[0],
        rows.iter().map(|(name, watched)| {
            vec![
                (*name).to_owned(),
                format!("{:.1}", watched.bytes as f64 * 8.0 / 1e9),
                format!("{:.1}", watched.cpu.as_secs_f64()),
                watched.stalls.to_string(),
                watched.longest.as_millis().to_string(),
                watched.errors.to_string(),
                format!("{:.1}", watched.memory_each as f64 / 1024.0),
            ]
        }),
    );
    if let Some((_, ours)) = rows.iter().find(|(name, _)| *name == "ginflix") {
        let (stalls, errors) = (ours.stalls, ours.errors);
        let is_met = verdict(stalls == 0 && errors == 0);
        show_text(&format!("\n- Goal: no stall and no error: {stalls} and {errors}. {is_met}"));
    }
}

/// Prints how long reads of a film in memory took.
pub fn show_reads(rows: &[(&str, Beside, Reads)]) {
    let titles = ["server", "beside", "reads", "median ms", "p99 ms", "to alone", "streams MiB/s"];
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let to_alone = |name: &str, reads: &Reads| {
        let alone = rows.iter().find(|(other, b, _)| *other == name && *b == Beside::Nothing);
        alone.map_or(f64::NAN, |(_, _, alone)| ms(reads.p99) / ms(alone.p99))
    };
    show(
        &titles,
        &[0, 1],
        rows.iter().map(|(name, beside, reads)| {
            vec![
                (*name).to_owned(),
                beside.name().to_owned(),
                reads.count.to_string(),
                format!("{:.2}", ms(reads.median)),
                format!("{:.2}", ms(reads.p99)),
                format!("{:.1}", to_alone(name, reads)),
                reads.streamed_mib.to_string(),
            ]
        }),
    );
    let cold = rows.iter().find(|(name, beside, _)| *name == "ginflix" && *beside == Beside::Cold);
    if let Some((name, _, reads)) = cold {
        let ratio = to_alone(name, reads);
        show_text(&format!(
            "\n- Goal: beside streams from the disk, the 99th percentile is at most {GOAL_COLD:.0} times \
             that of reads alone: {ratio:.1}. {}",
            verdict(ratio <= GOAL_COLD)
        ));
    }
}

/// Median, lowest and highest, in two columns.
fn spread([median, lowest, highest]: [f64; 3]) -> [String; 2] {
    [format!("{median:.0}"), format!("{lowest:.0} .. {highest:.0}")]
}

/// Prints a table; columns are aligned to the right but for these.
fn show(titles: &[impl Display], left: &[usize], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(titles.iter().map(ToString::to_string));
    table.add_rows(rows);
    for (number, column) in table.column_iter_mut().enumerate() {
        if !left.contains(&number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    show_text(&table.to_string());
}

//! The report, in Markdown.

use std::fmt::Display;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

use crate::cold::{BackgroundStreams, ReadLatency};
use crate::throughput::{Measurement, Sample};
use crate::viewers::ViewerStats;

/// The goal for responses of 64 KiB: the largest ratio to the CPU time of nginx.
const GOAL_SMALL: f64 = 0.80;

/// The goal for responses from 1 MiB on: the largest ratio to the CPU time of the sendfile(2) loop.
const GOAL_LARGE: f64 = 1.05;

/// The goal for reads beside streams from the disk: the largest ratio of the 99th percentile to
/// that of reads alone.
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

    /// Returns the CPU time of the gateway for each GiB, in ms; NaN without a gateway.
    fn gateway_ms_per_gib(&self) -> f64 {
        self.gateway_cpu.map_or(f64::NAN, |cpu| self.ms_per_gib(cpu))
    }
}

impl Measurement {
    /// Returns the median, the lowest and the highest value of a figure.
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

    /// Returns the first two columns: the size of responses, and the number of concurrent requests.
    fn case(&self) -> [String; 2] {
        let size = match self.range_bytes >> 10 {
            0 => "whole".to_owned(),
            kib if kib < 1024 => format!("{kib} KiB"),
            kib => format!("{} MiB", kib >> 10),
        };
        [size, self.concurrency.to_string()]
    }

    /// Returns the ratio of the median of a figure to that of another contender in the same case.
    fn ratio_to(&self, name: &str, all: &[Measurement], figure: fn(&Sample) -> f64) -> Option<f64> {
        let same = |other: &&Measurement| {
            other.name == name
                && other.range_bytes == self.range_bytes
                && other.concurrency == self.concurrency
        };
        let other = all.iter().find(same)?;
        Some(self.median(figure) / other.median(figure))
    }
}

/// Prints a heading and the text above a table.
pub fn print_section(title: &str, text: &str) {
    print_text(&format!("\n## {title}\n\n{text}"));
}

/// Says whether a goal is met.
pub fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

/// Prints the ratio of the CPU times of two servers, and whether it meets the goal.
pub fn print_ratio_goal(all: &[Measurement], name: &str, to: &str, goal: f64) {
    let measured = all.iter().find(|measured| measured.name == name);
    let ratio = measured.and_then(|one| one.ratio_to(to, all, Sample::server_ms_per_gib));
    let ratio = ratio.unwrap_or(f64::NAN);
    let is_met = met(ratio <= goal);
    print_text(&format!("\nGoal: at most {goal:.2} of {to}; {ratio:.2}, {is_met}."));
}

/// Prints lines of text.
#[allow(clippy::print_stdout)] // the report is the output of this program
pub fn print_text(text: &str) {
    println!("{text}");
}

/// Prints the CPU time of servers, and the ratios to some of them.
pub fn print_cost(all: &[Measurement], ratios_to: &[&str]) {
    let mut titles: Vec<String> =
        ["response", "concurrent", "server", "CPU ms/GiB", "lowest .. highest"]
            .map(Into::into)
            .into();
    titles.extend(ratios_to.iter().map(|name| format!("to {name}")));
    titles.extend(["Gbit/s", "responses/s", "MiB", "errors"].map(Into::into));
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
    print_table(&titles, &[2], rows);
}

/// Prints the CPU time of gateways and of the server behind them, and the ratio to one of them.
/// `subject` is the title of the column with the names of the contenders.
pub fn print_gateways(all: &[Measurement], subject: &str, ratio_to: Option<&str>) {
    let mut titles: Vec<String> =
        ["response", "concurrent", subject, "gateway CPU ms/GiB", "lowest .. highest"]
            .map(Into::into)
            .into();
    titles.extend(ratio_to.map(|name| format!("to \"{name}\"")));
    titles.extend(
        [
            "server CPU ms/GiB",
            "lowest .. highest",
            "Gbit/s",
            "responses/s",
            "gateway MiB",
            "errors",
        ]
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
    print_table(&titles, &[2], rows);
}

/// Prints whether plain HTTP meets its goals, by the ratios of the medians.
pub fn print_cost_goals(all: &[Measurement]) {
    let ratios = |is_in: fn(u64) -> bool, to: &str| -> Vec<f64> {
        let ours =
            all.iter().filter(|measured| measured.name == "ginflix" && is_in(measured.range_bytes));
        ours.filter_map(|measured| measured.ratio_to(to, all, Sample::server_ms_per_gib)).collect()
    };
    print_text("");
    print_goal(
        "of nginx's processor time for responses of 64 KiB",
        GOAL_SMALL,
        &ratios(|range_bytes| range_bytes == 64 << 10, "nginx"),
    );
    print_goal(
        "of the bare loop's for responses from 1 MiB on",
        GOAL_LARGE,
        &ratios(|range_bytes| range_bytes >= 1 << 20, "sendfile"),
    );
}

fn print_goal(what: &str, goal: f64, ratios: &[f64]) {
    let Some(worst) = ratios.iter().copied().max_by(f64::total_cmp) else { return };
    let shown: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    let shown = shown.join(", ");
    print_text(&format!("- Goal: at most {goal:.2} {what}: {shown}. {}", verdict(worst <= goal)));
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "Met." } else { "Missed." }
}

/// Prints the statistics of viewers.
pub fn print_viewers(rows: &[(&str, ViewerStats)]) {
    let titles = ["server", "Gbit", "CPU s", "stalls", "longest wait ms", "errors", "KiB each"];
    print_table(
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
        print_text(&format!("\n- Goal: no stall and no error: {stalls} and {errors}. {is_met}"));
    }
}

/// Prints the latency of reads of a resident file.
pub fn print_reads(rows: &[(&str, BackgroundStreams, ReadLatency)]) {
    let titles = ["server", "beside", "reads", "median ms", "p99 ms", "to alone", "streams MiB/s"];
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let to_alone = |name: &str, reads: &ReadLatency| {
        let alone = rows
            .iter()
            .find(|(other, streams, _)| *other == name && *streams == BackgroundStreams::None);
        alone.map_or(f64::NAN, |(_, _, alone)| ms(reads.p99) / ms(alone.p99))
    };
    print_table(
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
    let cold = rows
        .iter()
        .find(|(name, beside, _)| *name == "ginflix" && *beside == BackgroundStreams::Cold);
    if let Some((name, _, reads)) = cold {
        let ratio = to_alone(name, reads);
        print_text(&format!(
            "\n- Goal: beside streams from the disk, the 99th percentile is at most {GOAL_COLD:.0} times \
             that of reads alone: {ratio:.1}. {}",
            verdict(ratio <= GOAL_COLD)
        ));
    }
}

/// Formats median, lowest and highest as two columns.
fn spread([median, lowest, highest]: [f64; 3]) -> [String; 2] {
    [format!("{median:.0}"), format!("{lowest:.0} .. {highest:.0}")]
}

/// Prints a table. The columns in `left` are aligned to the left, the others to the right.
fn print_table(titles: &[impl Display], left: &[usize], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(titles.iter().map(ToString::to_string));
    table.add_rows(rows);
    for (number, column) in table.column_iter_mut().enumerate() {
        if !left.contains(&number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    print_text(&table.to_string());
}

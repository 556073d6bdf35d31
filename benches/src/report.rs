//! Medians of what was measured, as a table.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

use crate::cold::{Beside, Reads};
use crate::contender::Kind;
use crate::load::Load;
use crate::viewers::Watched;

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// What came back.
    pub load: Load,
    /// What it cost the server.
    pub cpu: Duration,
    /// The server's memory afterwards, bytes.
    pub memory: u64,
}

impl Sample {
    fn requests_per_second(&self) -> f64 {
        self.load.requests as f64 / self.load.time.as_secs_f64()
    }

    fn gbit_per_second(&self) -> f64 {
        self.load.bytes as f64 * 8.0 / 1e9 / self.load.time.as_secs_f64()
    }

    fn cpu_ms_per_gib(&self) -> f64 {
        self.cpu.as_secs_f64() * 1000.0 / (self.load.bytes as f64 / f64::from(1 << 30))
    }
}

/// Samples of one case at a time.
#[derive(Debug, Default)]
pub struct Report {
    case: (u64, usize),
    samples: BTreeMap<Kind, Vec<Sample>>,
}

impl Report {
    /// Adds a measurement; of another case than the last, it starts anew.
    pub fn add(&mut self, kib: u64, connections: usize, kind: Kind, sample: Sample) {
        if self.case != (kib, connections) {
            self.case = (kib, connections);
            self.samples.clear();
        }
        self.samples.entry(kind).or_default().push(sample);
    }

    /// Prints the case that was measured last.
    #[allow(clippy::print_stdout)] // the table is what this program is for
    pub fn show_last(&self) {
        let (kib, connections) = self.case;
        let size = if kib == 0 { "whole file".to_owned() } else { format!("{kib} KiB ranges") };
        println!("\n{size}, {connections} connections");
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([
            "server",
            "req/s",
            "Gbit/s",
            "CPU ms/GiB",
            "to nginx",
            "memory MiB",
            "errors",
        ]);
        let nginx = self.median(Kind::Nginx, Sample::cpu_ms_per_gib);
        for (kind, samples) in &self.samples {
            let cpu = self.median(*kind, Sample::cpu_ms_per_gib);
            table.add_row([
                kind.name().to_owned(),
                format!("{:.0}", self.median(*kind, Sample::requests_per_second)),
                format!("{:.1}", self.median(*kind, Sample::gbit_per_second)),
                format!("{cpu:.0}"),
                format!("{:.2}", cpu / nginx),
                format!(
                    "{:.1}",
                    self.median(*kind, |sample| sample.memory as f64 / f64::from(1 << 20))
                ),
                samples.iter().map(|sample| sample.load.errors).sum::<u64>().to_string(),
            ]);
        }
        table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
        println!("{table}");
    }

    fn median(&self, kind: Kind, figure: impl Fn(&Sample) -> f64) -> f64 {
        let mut figures: Vec<f64> =
            self.samples.get(&kind).into_iter().flatten().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Prints what became of viewers at the pace of their film.
pub fn show_viewers(what: &str, rows: &[(Kind, Watched)]) {
    let titles = ["server", "Gbit", "CPU s", "stalls", "longest wait ms", "errors", "KiB each"];
    show(
        what,
        &titles,
        rows.iter().map(|(kind, watched)| {
            vec![
                kind.name().to_owned(),
                format!("{:.1}", watched.bytes as f64 * 8.0 / 1e9),
                format!("{:.1}", watched.cpu.as_secs_f64()),
                watched.stalls.to_string(),
                watched.longest.as_millis().to_string(),
                watched.errors.to_string(),
                format!("{:.1}", watched.memory_each as f64 / 1024.0),
            ]
        }),
    );
}

/// Prints how long reads of a film in memory took.
pub fn show_reads(what: &str, rows: &[(Kind, Beside, Reads)]) {
    let titles = ["server", "beside", "reads", "median ms", "p99 ms", "to alone", "streams MiB/s"];
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    show(
        what,
        &titles,
        rows.iter().map(|(kind, beside, reads)| {
            let alone = rows.iter().find(|(k, b, _)| k == kind && *b == Beside::Nothing);
            let alone = alone.map_or(f64::NAN, |(_, _, reads)| ms(reads.p99));
            vec![
                kind.name().to_owned(),
                beside.name().to_owned(),
                reads.count.to_string(),
                format!("{:.2}", ms(reads.median)),
                format!("{:.2}", ms(reads.p99)),
                format!("{:.1}", ms(reads.p99) / alone),
                reads.streamed_mib.to_string(),
            ]
        }),
    );
}

#[allow(clippy::print_stdout)] // as above
fn show(what: &str, titles: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(titles.iter().copied());
    table.add_rows(rows);
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    println!("\n{what}\n{table}");
}

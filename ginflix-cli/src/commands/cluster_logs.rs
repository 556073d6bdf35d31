//! `ginflix cluster logs`: prints the cluster's log.

use console::{Color, style};

use crate::args::LogsArgs;
use crate::cluster;
use crate::cluster::options::ProviderName;
use crate::cluster::provider::{LogOptions, LogSink};
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;

/// The colours of pod names, which repeat if there are more pods.
const COLORS: [Color; 6] =
    [Color::Cyan, Color::Green, Color::Yellow, Color::Magenta, Color::Blue, Color::Red];

pub async fn run(args: &LogsArgs, global: &Global, printer: &Printer) -> Result<ExitStatus> {
    let (provider, cluster) = cluster::load(global)?;
    if cluster.state.provider == ProviderName::Local && args.part.is_some() {
        return Err(Failure::new(ExitStatus::Usage, "a local cluster is a single server")
            .hint("repeat the command without --part"));
    }
    let options = LogOptions { lines: args.lines, follow: args.follow, component: args.part };
    let mut log = LogPrinter { printer, labels: PodLabels::default() };
    provider.logs(&cluster, &options, &mut log).await?;
    Ok(ExitStatus::Done)
}

/// Prints log lines, with the name of the pod before each line of a pod.
struct LogPrinter<'a> {
    printer: &'a Printer,
    labels: PodLabels,
}

impl LogSink for LogPrinter<'_> {
    fn write_lines(&mut self, pod: Option<&str>, text: &str) {
        match pod {
            Some(pod) => self.printer.data(&format!("{} {text}", self.labels.label(pod))),
            None => self.printer.data(text),
        }
    }

    fn no_log(&mut self, why: &str) {
        self.printer.note(why);
    }
}

/// The names of the pods that have been printed. The index of a pod determines its colour.
#[derive(Default)]
struct PodLabels(Vec<String>);

impl PodLabels {
    fn label(&mut self, pod: &str) -> String {
        let index = self.0.iter().position(|known| known == pod).unwrap_or_else(|| {
            self.0.push(pod.to_owned());
            self.0.len() - 1
        });
        style(pod).fg(COLORS[index % COLORS.len()]).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_keep_their_colours() {
        console::set_colors_enabled(true);
        let mut labels = PodLabels::default();
        let (a, b) = (labels.label("a"), labels.label("b"));
        assert_ne!(a.replace('a', ""), b.replace('b', ""));
        assert_eq!(labels.label("a"), a);
        console::set_colors_enabled(false);
    }
}

//! Progress bars and spinners. Only this module uses indicatif.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;

use crate::cluster::progress as cluster;
use crate::error::Result;
use crate::format::size;
use crate::printer::Printer;
use crate::prompt;

/// The lines at the bottom of the terminal that show bars and spinners. Cheap to clone.
#[derive(Clone)]
pub struct ProgressArea {
    bars: MultiProgress,
    is_visible: bool,
}

impl ProgressArea {
    /// Creates an area. One that is not visible draws nothing.
    pub fn new(is_visible: bool) -> Self {
        let target =
            if is_visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), is_visible }
    }

    /// Tells whether bars and spinners are drawn.
    pub fn is_visible(&self) -> bool {
        self.is_visible
    }

    /// Hides the bars while `print` runs.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.bars.suspend(print);
    }
}

/// A step that takes a while: a spinner with a message. If the progress area is
/// not visible, each new message is printed as a line.
pub struct Spinner {
    bar: ProgressBar,
    printer: Printer,
    message: Mutex<String>,
}

impl Spinner {
    /// Shows a spinner with this message.
    pub fn start(printer: &Printer, message: &str) -> Self {
        let area = printer.progress_area();
        let bar = area.bars.add(ProgressBar::new_spinner());
        if area.is_visible() {
            bar.set_style(style(SPINNER_TEMPLATE));
            bar.set_message(message.to_owned());
            bar.enable_steady_tick(Duration::from_millis(80));
        } else {
            printer.note(message);
        }
        Self { bar, printer: printer.clone(), message: Mutex::new(message.to_owned()) }
    }

    /// Changes the message.
    pub fn update(&self, message: &str) {
        if self.printer.progress_area().is_visible() {
            self.bar.set_message(message.to_owned());
            return;
        }
        let mut printed = self.message.lock();
        if *printed != message {
            message.clone_into(&mut printed);
            self.printer.note(message);
        }
    }

    /// Replaces the spinner by the message that the step succeeded.
    pub fn done(self, message: &str) {
        self.bar.finish_and_clear();
        self.printer.done(message);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl cluster::Progress for Printer {
    fn report(&self, event: cluster::ProgressEvent<'_>) {
        match event {
            cluster::ProgressEvent::Note(text) => self.note(text),
            cluster::ProgressEvent::Detail(text) => self.detail(text),
            cluster::ProgressEvent::Done(text) => self.done(text),
            cluster::ProgressEvent::Warning(text) => self.warn(text),
        }
    }

    fn start(&self, text: &str) -> Box<dyn cluster::ProgressStep> {
        Box::new(Spinner::start(self, text))
    }

    fn confirm(&self, question: &str) -> Result<bool> {
        prompt::confirm(question, "--yes")
    }
}

impl cluster::ProgressStep for Spinner {
    fn update(&self, text: &str) {
        Self::update(self, text);
    }

    fn transient(&self, text: &str) {
        if self.printer.progress_area().is_visible() {
            self.bar.set_message(text.to_owned());
        }
    }

    fn done(self: Box<Self>, text: &str) {
        Self::done(*self, text);
    }
}

/// The progress of all uploads of a command. It is only shown for several files.
pub struct TotalBar {
    bar: ProgressBar,
    files: usize,
    finished_files: Mutex<usize>,
}

impl TotalBar {
    /// Creates a bar for this number of files, with `bytes` in total.
    pub fn new(printer: &Printer, files: usize, bytes: u64) -> Self {
        let bar = match files {
            0 | 1 => ProgressBar::hidden(),
            _ => printer.progress_area().bars.add(ProgressBar::new(bytes)),
        };
        bar.set_style(style(BAR_TEMPLATE).progress_chars(BAR_CHARS));
        let total = Self { bar, files, finished_files: Mutex::new(0) };
        total.add_finished_files(0); // shows `0 of N files`
        total
    }

    /// Adds bytes that the server had already. They were not sent, so the estimate of the
    /// remaining time starts anew.
    pub fn add_skipped(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.reset_eta();
    }

    /// Adds bytes that were sent.
    pub fn add_sent(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Counts a file that was uploaded or has failed.
    pub fn finish_file(&self) {
        self.add_finished_files(1);
    }

    fn add_finished_files(&self, count: usize) {
        let mut finished = self.finished_files.lock();
        *finished += count;
        self.bar.set_prefix(fit_name(&format!("{finished} of {} files", self.files)));
    }
}

impl Drop for TotalBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The progress of one file. If the progress area is not visible, its phases and
/// its position are printed as lines.
pub struct TransferBar {
    bar: ProgressBar,
    printer: Printer,
    name: String,
    /// The time when the position was last printed as a line.
    printed_at: Mutex<Instant>,
}

const SPINNER_TEMPLATE: &str = "{spinner:.cyan} {wide_msg}";
const BAR_TEMPLATE: &str = "{prefix:.bold} {wide_bar:.cyan/dim} {percent:>3}%  \
                            {decimal_bytes:>9} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}";
const MESSAGE_TEMPLATE: &str = "{prefix:.bold} {spinner:.cyan} {wide_msg}";
const BAR_CHARS: &str = "█▉▊▋▌▍▎▏ ";
/// The width of the name beside a bar, in columns.
const NAME_WIDTH: usize = 20;
/// The time between two lines with the position of a file.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

impl TransferBar {
    /// Creates a bar for `bytes` bytes, above the bar of all files.
    pub fn new(printer: &Printer, name: &str, bytes: u64, total: &TotalBar) -> Self {
        let area = printer.progress_area();
        let bar = ProgressBar::new(bytes);
        let bar = match total.files {
            0 | 1 => area.bars.add(bar),
            _ => area.bars.insert_before(&total.bar, bar),
        };
        bar.set_prefix(fit_name(name));
        bar.set_style(style(MESSAGE_TEMPLATE));
        if area.is_visible() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        let printed_at = Mutex::new(Instant::now());
        Self { bar, printer: printer.clone(), name: name.to_owned(), printed_at }
    }

    /// Creates a bar for a single file.
    pub fn single(printer: &Printer, name: &str, bytes: u64) -> Self {
        Self::new(printer, name, bytes, &TotalBar::new(printer, 1, bytes))
    }

    /// Starts a phase that moves bytes, from `position` on.
    pub fn start_phase(&self, phase: &str, position: u64) {
        self.bar.set_style(style(BAR_TEMPLATE).progress_chars(BAR_CHARS));
        self.bar.set_position(position);
        self.bar.reset_eta();
        self.print_line(phase);
    }

    /// Starts a phase whose progress cannot be measured.
    pub fn show_message(&self, message: &str) {
        self.bar.set_style(style(MESSAGE_TEMPLATE));
        self.bar.set_message(message.to_owned());
        self.print_line(message);
    }

    /// Sets the number of bytes that are done.
    pub fn set_position(&self, bytes: u64) {
        self.bar.set_position(bytes);
        let mut printed_at = self.printed_at.lock();
        if printed_at.elapsed() >= LINE_INTERVAL {
            *printed_at = Instant::now();
            let total = self.bar.length().unwrap_or(0).max(1);
            self.print_line(&format!("{} % of {}", bytes * 100 / total, size(total)));
        }
    }

    fn print_line(&self, text: &str) {
        if !self.printer.progress_area().is_visible() {
            self.printer.note(&format!("{}: {text}", self.name));
        }
    }
}

impl Drop for TransferBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Truncates or pads a name to [`NAME_WIDTH`] columns, so that all bars line up.
fn fit_name(name: &str) -> String {
    let short = console::truncate_str(name, NAME_WIDTH, "…");
    console::pad_str(&short, NAME_WIDTH, console::Alignment::Left, None).into_owned()
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants, and a unit test checks them.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for template in [BAR_TEMPLATE, MESSAGE_TEMPLATE, SPINNER_TEMPLATE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}

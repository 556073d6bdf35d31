//! Bars and spinners: the only place that knows indicatif.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cluster::progress as cluster;
use crate::format::size;
use crate::printer::Printer;

/// The lower end of the terminal, where bars move. Cheap to clone.
#[derive(Clone)]
pub struct Screen {
    bars: MultiProgress,
    live: bool,
}

impl Screen {
    /// Whether anything is shown.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// A screen; one that is not live shows nothing.
    pub fn new(live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), live }
    }

    /// Clears the bars while something is printed.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.bars.suspend(print);
    }
}

/// Something that takes a moment: a spinner, or one line where nothing moves.
pub struct Step {
    spinner: ProgressBar,
    printer: Printer,
    said: Mutex<String>,
}

impl Step {
    /// Says what is being done.
    pub fn start(printer: &Printer, text: &str) -> Self {
        let screen = printer.screen();
        let spinner = screen.bars.add(ProgressBar::new_spinner());
        if screen.is_live() {
            spinner.set_style(styled("{spinner:.cyan} {wide_msg}"));
            spinner.set_message(text.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(80));
        } else {
            printer.note(text);
        }
        Self { spinner, printer: printer.clone(), said: Mutex::new(text.to_owned()) }
    }

    /// Says how far it is.
    pub fn saying(&self, text: &str) {
        self.spinner.set_message(text.to_owned());
        if !self.printer.screen().is_live() {
            self.printer.note(text);
        }
    }

    /// Says that it is done.
    pub fn done(self, text: &str) {
        self.spinner.finish_and_clear();
        self.printer.done(text);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.spinner.finish_and_clear();
    }
}

impl cluster::Progress for Printer {
    fn report(&self, event: cluster::Event<'_>) {
        match event {
            cluster::Event::Note(text) => self.note(text),
            cluster::Event::Detail(text) => self.detail(text),
            cluster::Event::Done(text) => self.done(text),
            cluster::Event::Warning(text) => self.warn(text),
        }
    }

    fn start(&self, text: &str) -> Box<dyn cluster::Step> {
        Box::new(Step::start(self, text))
    }
}

impl cluster::Step for Step {
    fn update(&self, text: &str) {
        if self.printer.screen().is_live() {
            self.spinner.set_message(text.to_owned());
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *said != text {
            text.clone_into(&mut said);
            self.printer.note(text);
        }
    }

    fn transient(&self, text: &str) {
        if self.printer.screen().is_live() {
            self.spinner.set_message(text.to_owned());
        }
    }

    fn done(self: Box<Self>, text: &str) {
        Self::done(*self, text);
    }
}

/// All uploads of a command together; shown where there are several.
pub struct TotalBar {
    bar: ProgressBar,
    files: usize,
    done: Mutex<usize>,
}

impl TotalBar {
    /// A bar below those of so many files with so many bytes.
    pub fn new(printer: &Printer, files: usize, bytes: u64) -> Self {
        let bar = ProgressBar::hidden();
        let screen = printer.screen();
        let bar = if files > 1 { screen.bars.add(ProgressBar::new(bytes)) } else { bar };
        bar.set_style(styled(MOVING).progress_chars(CHARS));
        let total = Self { bar, files, done: Mutex::new(0) };
        total.count(0);
        total
    }

    /// So many bytes of a file were on the server before.
    pub fn skip(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.reset_eta();
    }

    /// So many more bytes are on their way.
    pub fn sent(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Another file has come to its end, whatever that was.
    pub fn ended(&self) {
        self.count(1);
    }

    fn count(&self, more: usize) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += more;
        self.bar.set_prefix(fitted(&format!("{done} of {} files", self.files)));
    }
}

impl Drop for TotalBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The upload of one file.
pub struct TransferBar {
    bar: ProgressBar,
    printer: Printer,
    name: String,
    /// When a line last told how far it is, where no bar does.
    told: Mutex<Instant>,
}

const MOVING: &str = "{prefix:.bold} {wide_bar:.cyan/dim} {percent:>3}%  \
                      {decimal_bytes:>9} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}";
const SAYING: &str = "{prefix:.bold} {spinner:.cyan} {wide_msg}";
const CHARS: &str = "█▉▊▋▌▍▎▏ ";
/// Columns of a name beside its bar.
const NAME_WIDTH: usize = 20;
/// Between two lines that tell how far a file is.
const LINE_PAUSE: Duration = Duration::from_secs(10);

impl TransferBar {
    /// A bar for `total` bytes, above the one of all.
    pub fn new(printer: &Printer, name: &str, total: u64, all: &TotalBar) -> Self {
        let bars = &printer.screen().bars;
        let bar = ProgressBar::new(total);
        let bar = if all.files > 1 { bars.insert_before(&all.bar, bar) } else { bars.add(bar) };
        bar.set_prefix(fitted(name));
        bar.set_style(styled(SAYING));
        if printer.screen().is_live() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        let told = Mutex::new(Instant::now());
        Self { bar, printer: printer.clone(), name: name.to_owned(), told }
    }

    /// A bar of a file that is by itself.
    pub fn alone(printer: &Printer, name: &str, total: u64) -> Self {
        Self::new(printer, name, total, &TotalBar::new(printer, 1, total))
    }

    /// A new phase, in which bytes move from `position` on.
    pub fn moving(&self, what: &str, position: u64) {
        self.bar.set_style(styled(MOVING).progress_chars(CHARS));
        self.bar.set_position(position);
        self.bar.reset_eta();
        self.say_plainly(what);
    }

    /// A new phase, in which nothing can be counted.
    pub fn saying(&self, what: &str) {
        self.bar.set_style(styled(SAYING));
        self.bar.set_message(what.to_owned());
        self.say_plainly(what);
    }

    /// Bytes are done up to here.
    pub fn position(&self, bytes: u64) {
        self.bar.set_position(bytes);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= LINE_PAUSE {
            *told = Instant::now();
            let total = self.bar.length().unwrap_or(0).max(1);
            self.say_plainly(&format!("{} % of {}", bytes * 100 / total, size(total)));
        }
    }

    fn say_plainly(&self, what: &str) {
        if !self.printer.screen().is_live() {
            self.printer.note(&format!("{}: {what}", self.name));
        }
    }
}

impl Drop for TransferBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A name in as many columns as every other one.
fn fitted(name: &str) -> String {
    let short = console::truncate_str(name, NAME_WIDTH, "…");
    console::pad_str(&short, NAME_WIDTH, console::Alignment::Left, None).into_owned()
}

fn styled(template: &str) -> ProgressStyle {
    // The templates are constants; a broken one would only look plain.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_sound() {
        for template in [MOVING, SAYING, "{spinner:.cyan} {wide_msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}

//! Bars and spinners: the only place that knows indicatif.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

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

    /// Says what it is about by now.
    pub fn say(&self, text: &str) {
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

    /// Says which of many small things it is about, where that can be overwritten.
    pub fn passing(&self, text: &str) {
        if self.printer.screen().is_live() {
            self.spinner.set_message(text.to_owned());
        }
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

/// The upload of one file.
pub struct TransferBar {
    bar: ProgressBar,
    printer: Printer,
    name: String,
}

const MOVING: &str = "{prefix:.bold} {wide_bar:.cyan/dim} {percent:>3}%  \
                      {decimal_bytes:>9} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}";
const SAYING: &str = "{prefix:.bold} {spinner:.cyan} {msg}";
/// Columns of a name beside its bar.
const NAME_WIDTH: usize = 20;

impl TransferBar {
    /// A bar for `total` bytes.
    pub fn new(printer: &Printer, name: &str, total: u64) -> Self {
        let bar = printer.screen().bars.add(ProgressBar::new(total));
        let short = console::truncate_str(name, NAME_WIDTH, "…");
        bar.set_prefix(
            console::pad_str(&short, NAME_WIDTH, console::Alignment::Left, None).into_owned(),
        );
        bar.set_style(styled(SAYING));
        if printer.screen().is_live() {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, printer: printer.clone(), name: name.to_owned() }
    }

    /// A new phase, in which bytes move from `position` on.
    pub fn moving(&self, what: &str, position: u64) {
        self.bar.set_style(styled(MOVING).progress_chars("█▉▊▋▌▍▎▏ "));
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

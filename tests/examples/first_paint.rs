//! Measures the first contentful paint of a page in headless Chromium, without its cache: prints the median and the
//! longest of several rounds in milliseconds. Usage: `first_paint URL [ROUNDS]`.

#![allow(clippy::print_stdout)] // its result

use ginflix_tests::browser::Browser;

/// The rounds unless the command line says otherwise.
const DEFAULT_ROUNDS: usize = 9;
/// The time in milliseconds from the navigation to the first text or picture.
const FIRST_PAINT: &str = "performance.getEntriesByName('first-contentful-paint')[0].startTime";

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("usage: first_paint URL [ROUNDS]");
    let rounds =
        arguments.next().map_or(DEFAULT_ROUNDS, |rounds| rounds.parse().expect("a number"));
    let browser = Browser::launch().await;
    let tab = browser.open("about:blank").await;
    tab.disable_cache().await;
    let mut times = Vec::new();
    // The first round also starts the process of the page.
    for round in 0..=rounds {
        tab.goto(&url).await;
        tab.wait_for(FIRST_PAINT).await;
        let time = tab.eval(FIRST_PAINT).await.as_f64().expect("a time");
        if round > 0 {
            times.push(time);
        }
        tab.goto("about:blank").await;
    }
    browser.close().await;
    times.sort_by(f64::total_cmp);
    println!("{:.0} {:.0}", times[times.len() / 2], times[times.len() - 1]);
}

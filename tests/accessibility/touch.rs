//! What can be pressed is large enough for a finger: 44 px (WCAG 2.2, 2.5.5), except links within text.

use ginflix_tests::browser::Browser;
use serde_json::Value;

use super::pages::{self, Site};

/// The controls that are smaller than 44 px. The label of a field counts, and so does the row that a control fills.
const SMALL: &str = "[...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0
        && !e.classList.contains('hidden') && !e.matches('.skip, .skip-filters, p a, dd p a')
        && (!e.closest('dialog') || e.closest('dialog').open))
    .map((e) => [e, (e.closest('label') ?? e).getBoundingClientRect()])
    .filter(([, r]) => Math.round(r.width) < 44 || Math.round(r.height) < 44)
    .map(([e, r]) => `${e.outerHTML.slice(0, 100)} ${r.width} x ${r.height}`)";

#[tokio::test(flavor = "multi_thread")]
async fn controls_are_large_enough_for_fingers() {
    let site = Site::start().await;
    let browser = Browser::launch().await;
    let tab = browser.open(&site.url("/login")).await;
    tab.emulate_screen(360, "light").await;
    tab.emulate_touch().await;
    let mut found = Vec::new();
    for (states, is_admin) in [(pages::VISITOR_STATES, false), (pages::ADMIN_STATES, true)] {
        if is_admin {
            site.log_in(&tab).await;
        }
        for state in states {
            site.show(&tab, state).await;
            let small = tab.eval(SMALL).await;
            let small = small.as_array().unwrap().iter().filter_map(Value::as_str);
            found.extend(small.map(|element| format!("{}: {element}", state.name)));
        }
    }
    browser.close().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

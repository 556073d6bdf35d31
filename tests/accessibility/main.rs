//! The pages, their dialogs and the states of the player keep the rules of axe-core, which check WCAG 2.2 AA as far as a
//! program can.
//!
//! By default, two themes and widths are checked; `make test-web` checks all.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod keyboard;
mod pages;
mod touch;

use std::sync::LazyLock;

use ginflix_tests::binaries;
use ginflix_tests::browser::{Browser, Tab};
use serde_json::Value;

use pages::Site;

/// The sets of rules, as axe-core names them.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

/// The script of axe-core, which npm installs there.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let file = binaries::cache().join("axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).expect("axe-core is missing; scripts/setup node axe installs it")
});

/// How a page is shown.
#[derive(Clone, Copy, Debug)]
struct Look {
    width: i64,
    scheme: &'static str,
    has_forced_colors: bool,
}

const LIGHT: Look = Look { width: 1280, scheme: "light", has_forced_colors: false };
const DARK_PHONE: Look = Look { width: 360, scheme: "dark", has_forced_colors: false };

/// Returns the violations of the rules by a page.
async fn violations(tab: &Tab, what: &str, look: Look) -> Vec<String> {
    tab.eval(&AXE).await;
    let run = format!(
        "axe.run(document, {{ runOnly: {RULES}, resultTypes: ['violations'] }}).then(({{ violations }}) =>
            violations.map(({{ id, help, nodes }}) => [`${{id}}: ${{help}}`,
                ...nodes.map(({{ html, failureSummary }}) => `${{html}} ${{failureSummary}}`)].join(' | ')))"
    );
    let found = tab.eval(&run).await;
    let found = found.as_array().unwrap().iter().filter_map(Value::as_str);
    found.map(|violation| format!("{what} with {look:?}: {violation}")).collect()
}

/// Checks all pages and states, and fails with all violations.
async fn check(looks: &[Look]) {
    let site = Site::start().await;
    let browser = Browser::launch().await;
    let mut found = Vec::new();
    for look in looks {
        let tab = browser.open(&site.url("/login")).await;
        tab.emulate_screen(look.width, look.scheme).await;
        if look.has_forced_colors {
            tab.force_colors(look.scheme).await;
        }
        for state in pages::VISITOR_STATES {
            site.show(&tab, state).await;
            found.extend(violations(&tab, state.name, *look).await);
        }
        site.log_in(&tab).await;
        for state in pages::ADMIN_STATES {
            site.show(&tab, state).await;
            found.extend(violations(&tab, state.name, *look).await);
        }
        site.log_out(&tab).await;
        tab.close().await;
    }
    browser.close().await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_keep_the_rules() {
    check(&[LIGHT, DARK_PHONE]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; make test-web runs it"]
async fn pages_keep_the_rules_in_every_look() {
    let mut looks = Vec::new();
    for width in [360, 1280] {
        for scheme in ["light", "dark"] {
            for has_forced_colors in [false, true] {
                looks.push(Look { width, scheme, has_forced_colors });
            }
        }
    }
    check(&looks).await;
}

//! Headless Chromium that collects the errors of every page.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chromiumoxide::browser::{Browser as Chromium, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::browser_protocol::log::{EventEntryAdded, LogEntryLevel};
use chromiumoxide::cdp::js_protocol::runtime::{
    ConsoleApiCalledType, EvaluateParams, EventConsoleApiCalled, EventExceptionThrown,
};
use chromiumoxide::page::Page;
use futures_util::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::wait;

mod frame;
mod input;

/// How long a page may take to reach an expected state on a busy machine.
pub const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// A browser with an empty profile.
pub struct Browser {
    chromium: Chromium,
    /// The task that receives the messages of Chromium.
    events: JoinHandle<()>,
    /// The folder of the profile, deleted when dropped.
    _profile: TempDir,
}

/// A tab of the browser.
pub struct Tab {
    page: Page,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    /// Starts a browser.
    pub async fn launch() -> Self {
        let profile = TempDir::new().unwrap();
        let config = BrowserConfig::builder()
            .chrome_executable("/usr/bin/chromium")
            .user_data_dir(profile.path())
            .new_headless_mode()
            // Its sandbox needs user namespaces, which containers often lack.
            .no_sandbox()
            .window_size(1280, 800)
            .viewport(None)
            .launch_timeout(Duration::from_secs(60))
            .args([
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--mute-audio",
            ])
            .build()
            .unwrap();
        let (chromium, mut handler) = Chromium::launch(config)
            .await
            .expect("cannot start /usr/bin/chromium; scripts/setup test installs it");
        let events = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Self { chromium, events, _profile: profile }
    }

    /// Opens an address in a new tab.
    pub async fn open(&self, url: &str) -> Tab {
        let page = self.chromium.new_page("about:blank").await.unwrap();
        let errors = Arc::default();
        collect_errors(&page, &errors).await;
        let tab = Tab { page, errors };
        tab.goto(url).await;
        tab
    }

    /// Closes the browser and waits for its end.
    pub async fn close(mut self) {
        let _ = self.chromium.close().await;
        let _ = self.chromium.wait().await;
        self.events.abort();
    }
}

/// Collects console errors, uncaught exceptions, and errors that the browser itself logs, such as a
/// resource that it could not load.
async fn collect_errors(page: &Page, errors: &Arc<Mutex<Vec<String>>>) {
    page.enable_log().await.unwrap();
    let mut console = page.event_listener::<EventConsoleApiCalled>().await.unwrap();
    let mut thrown = page.event_listener::<EventExceptionThrown>().await.unwrap();
    let mut logged = page.event_listener::<EventEntryAdded>().await.unwrap();
    let errors = Arc::clone(errors);
    tokio::spawn(async move {
        loop {
            let error = tokio::select! {
                Some(event) = console.next() => (event.r#type == ConsoleApiCalledType::Error)
                    .then(|| format!("console: {:?}", event.args)),
                Some(event) = thrown.next() => Some(format!("thrown: {:?}", event.exception_details)),
                Some(event) = logged.next() => (event.entry.level == LogEntryLevel::Error)
                    .then(|| format!("logged: {} {:?}", event.entry.text, event.entry.url)),
                else => break,
            };
            errors.lock().unwrap().extend(error);
        }
    });
}

impl Tab {
    /// Closes the tab.
    pub async fn close(self) {
        let _ = self.page.close().await;
    }

    /// Navigates to another address.
    pub async fn goto(&self, url: &str) {
        self.page.goto(url).await.unwrap();
    }

    /// Evaluates a JavaScript expression, awaits the result if it is a promise, and returns it.
    pub async fn eval(&self, expression: &str) -> Value {
        let params = EvaluateParams::builder()
            .expression(expression)
            .await_promise(true)
            .return_by_value(true)
            // Browsers play sound only after a gesture of the user.
            .user_gesture(true)
            .build()
            .unwrap();
        let result = self.page.evaluate_expression(params).await;
        let result = result.unwrap_or_else(|e| panic!("{expression}: {e}"));
        result.value().cloned().unwrap_or(Value::Null)
    }

    /// Waits until a JavaScript expression is true, for at most [`PAGE_TIMEOUT`].
    pub async fn wait_for(&self, expression: &str) {
        self.wait_for_within(expression, PAGE_TIMEOUT).await;
    }

    /// Waits until a JavaScript expression is true, for at most `timeout`. One that throws is not
    /// true yet.
    pub async fn wait_for_within(&self, expression: &str, timeout: Duration) {
        let guarded =
            format!("(() => {{ try {{ return !!({expression}) }} catch {{ return false }} }})()");
        let poll = async || (self.eval_or_null(&guarded).await == Value::Bool(true)).then_some(());
        let what = format!("`{expression}`, errors so far: {:?}", self.errors());
        wait::until_async(timeout, &what, poll).await;
    }

    /// Evaluates an expression. Returns null if that fails, as it does while the tab navigates.
    async fn eval_or_null(&self, expression: &str) -> Value {
        let result = self.page.evaluate_expression(expression).await;
        result.ok().and_then(|r| r.value().cloned()).unwrap_or(Value::Null)
    }

    /// Waits for an element, and clicks at its position, as a mouse does.
    pub async fn click(&self, selector: &str) {
        self.wait_for(&format!("document.querySelector({selector:?})")).await;
        self.page.find_element(selector).await.unwrap().click().await.unwrap();
    }

    /// Waits for a field, focuses it by a click, and types key by key.
    pub async fn type_into(&self, selector: &str, text: &str) {
        self.wait_for(&format!("document.querySelector({selector:?})")).await;
        let field = self.page.find_element(selector).await.unwrap();
        field.click().await.unwrap();
        field.type_str(text).await.unwrap();
    }

    /// Empties a field and types into it.
    pub async fn retype(&self, selector: &str, text: &str) {
        self.wait_for(&format!("document.querySelector({selector:?})")).await;
        self.eval(&format!("document.querySelector({selector:?}).value = ''")).await;
        self.type_into(selector, text).await;
    }

    /// Chooses files in a file input.
    pub async fn choose_files(&self, selector: &str, files: &[&Path]) {
        self.wait_for(&format!("document.querySelector({selector:?})")).await;
        let input = self.page.find_element(selector).await.unwrap();
        let files = files.iter().map(|path| path.to_str().unwrap().to_owned());
        let params = SetFileInputFilesParams::builder()
            .files(files)
            .backend_node_id(input.backend_node_id)
            .build()
            .unwrap();
        self.page.execute(params).await.unwrap();
    }

    /// Accepts every dialog that opens, so that none blocks the page.
    pub async fn accept_dialogs(&self) {
        use chromiumoxide::cdp::browser_protocol::page::{
            EventJavascriptDialogOpening, HandleJavaScriptDialogParams,
        };
        let mut dialogs = self.page.event_listener::<EventJavascriptDialogOpening>().await.unwrap();
        let page = self.page.clone();
        tokio::spawn(async move {
            while dialogs.next().await.is_some() {
                let _ = page.execute(HandleJavaScriptDialogParams::new(true)).await;
            }
        });
    }

    /// Emulates a screen of this width in CSS pixels, a phone's if it is below 600, with the color
    /// scheme `light` or `dark`.
    pub async fn emulate_screen(&self, width: i64, scheme: &str) {
        use chromiumoxide::cdp::browser_protocol::emulation::{
            MediaFeature, SetDeviceMetricsOverrideParams,
        };
        let screen = SetDeviceMetricsOverrideParams::new(width, 800, 1.0, width < 600);
        self.page.execute(screen).await.unwrap();
        let scheme = MediaFeature::new("prefers-color-scheme", scheme);
        self.page.emulate_media_features(vec![scheme]).await.unwrap();
    }

    /// Emulates fingers in place of a mouse, as the only way to point.
    pub async fn emulate_touch(&self) {
        use chromiumoxide::cdp::browser_protocol::emulation::SetTouchEmulationEnabledParams;
        self.page.execute(SetTouchEmulationEnabledParams::new(true)).await.unwrap();
    }

    /// Replaces the colors of pages by those of a palette, as people with low vision may choose.
    pub async fn force_colors(&self, scheme: &str) {
        use chromiumoxide::cdp::browser_protocol::emulation::MediaFeature;
        let features = [("prefers-color-scheme", scheme), ("forced-colors", "active")];
        let features = features.map(|(name, value)| MediaFeature::new(name, value));
        self.page.emulate_media_features(features.to_vec()).await.unwrap();
    }

    /// Loads everything of the pages that are opened from now on anew.
    pub async fn disable_cache(&self) {
        use chromiumoxide::cdp::browser_protocol::network::SetCacheDisabledParams;
        self.page.execute(SetCacheDisabledParams::new(true)).await.unwrap();
    }

    /// Switches off the scripts of the pages that are opened from now on.
    pub async fn disable_scripts(&self) {
        use chromiumoxide::cdp::browser_protocol::emulation::SetScriptExecutionDisabledParams;
        self.page.execute(SetScriptExecutionDisabledParams::new(true)).await.unwrap();
    }

    /// Takes a screenshot of the page, for people who examine a failure.
    pub async fn screenshot(&self) -> Vec<u8> {
        use chromiumoxide::page::ScreenshotParams;
        self.page.screenshot(ScreenshotParams::builder().full_page(true).build()).await.unwrap()
    }

    /// Returns the errors of the page so far.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap().clone()
    }

    /// Fails the test if the page had an error.
    #[track_caller]
    pub fn assert_no_errors(&self) {
        assert_eq!(self.errors(), Vec::<String>::new());
    }
}

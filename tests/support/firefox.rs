//! Headless Firefox, driven by WebDriver BiDi over the WebSocket that it opens itself.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::wait;

const PROGRAM: &str = "/usr/bin/firefox-esr";
/// How long Firefox may take for a command, of which the start of a busy machine's browser is the longest.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// Sound without a gesture, and no pages of its own.
const PREFERENCES: &str = "user_pref('media.autoplay.default', 0);\n\
    user_pref('browser.shell.checkDefaultBrowser', false);\n\
    user_pref('datareporting.policy.dataSubmissionEnabled', false);\n\
    user_pref('app.update.enabled', false);\n";
/// Notes what the content security policy refused, before any script of the page runs.
const NOTE_VIOLATIONS: &str = "() => { globalThis.violations = []; document.addEventListener('securitypolicyviolation', \
    (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`)); }";

/// A Firefox with one tab. Dropping it ends the browser.
pub struct Firefox {
    process: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    tab: String,
    last_id: u64,
    errors: Vec<String>,
    _profile: TempDir,
}

impl Firefox {
    /// Starts a browser with an empty profile.
    pub async fn launch() -> Self {
        let profile = TempDir::new().unwrap();
        fs::write(profile.path().join("user.js"), PREFERENCES).unwrap();
        let mut process = Command::new(PROGRAM)
            .args(["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"])
            .arg(profile.path())
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cannot start firefox-esr; scripts/setup firefox installs it");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            Some(line.split_once("WebDriver BiDi listening on ")?.1.trim().to_owned())
        });
        let address = address.expect("Firefox ended without an address for WebDriver BiDi");
        // Firefox stops when nobody reads its messages.
        std::thread::spawn(move || lines.for_each(drop));
        let connected = tokio_tungstenite::connect_async(format!("{address}/session")).await;
        let socket = connected.unwrap().0;
        let tab = String::new();
        let mut firefox =
            Self { process, socket, tab, last_id: 0, errors: Vec::new(), _profile: profile };
        firefox.command("session.new", json!({ "capabilities": {} })).await;
        firefox.command("session.subscribe", json!({ "events": ["log.entryAdded"] })).await;
        let preload = json!({ "functionDeclaration": NOTE_VIOLATIONS });
        firefox.command("script.addPreloadScript", preload).await;
        let tree = firefox.command("browsingContext.getTree", json!({})).await;
        firefox.tab = tree["contexts"][0]["context"].as_str().unwrap().to_owned();
        firefox
    }

    /// Navigates to an address, and waits until the page is complete.
    pub async fn goto(&mut self, url: &str) {
        let params = json!({ "context": self.tab, "url": url, "wait": "complete" });
        self.command("browsingContext.navigate", params).await;
    }

    /// Evaluates an expression whose value is a string, a number, a boolean or null, or a promise of one.
    pub async fn eval(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "target": { "context": self.tab },
            "awaitPromise": true, "userActivation": true });
        let result = self.command("script.evaluate", params).await;
        if result["type"] == "exception" {
            return Value::Null;
        }
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub async fn wait_for(&mut self, expression: &str, timeout: Duration) {
        let guarded =
            format!("(() => {{ try {{ return !!({expression}) }} catch {{ return false }} }})()");
        let poll = async || (self.eval(&guarded).await == json!(true)).then_some(());
        wait::until_async(timeout, expression, poll).await;
    }

    /// Presses and releases a key. `value` is a character, or the code point of WebDriver for other keys.
    pub async fn press(&mut self, value: &str) {
        let actions = json!([{ "type": "key", "id": "keyboard", "actions": [
            { "type": "keyDown", "value": value }, { "type": "keyUp", "value": value } ] }]);
        let params = json!({ "context": self.tab, "actions": actions });
        self.command("input.performActions", params).await;
    }

    /// Returns the errors of the pages so far: of scripts, of the console, and what the policy refused on this page.
    pub async fn errors(&mut self) -> Vec<String> {
        let violations = self.eval("violations.join()").await;
        let refused = violations.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        self.errors.iter().cloned().chain(refused).collect()
    }

    /// Sends a command and returns its result.
    async fn command(&mut self, method: &str, params: Value) -> Value {
        let answered = tokio::time::timeout(COMMAND_TIMEOUT, self.answer(method, params)).await;
        answered.unwrap_or_else(|_| panic!("Firefox does not answer {method}"))
    }

    async fn answer(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let command = json!({ "id": self.last_id, "method": method, "params": params });
        self.socket.send(Message::text(command.to_string())).await.unwrap();
        loop {
            let message = self.socket.next().await.expect("Firefox closed the connection").unwrap();
            let Ok(text) = message.to_text() else { continue };
            let mut message: Value = serde_json::from_str(text).unwrap_or_default();
            if message["method"] == "log.entryAdded" && message["params"]["level"] == "error" {
                self.errors.push(message["params"]["text"].to_string());
            }
            if message["id"] == self.last_id {
                assert_eq!(message["type"], "success", "{method}: {message}");
                return message["result"].take();
            }
        }
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

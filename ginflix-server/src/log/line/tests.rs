//! The form of lines.

use serde_json::Value;

use super::*;

/// Returns the line of the event that `record` logs.
fn line(format: LogFormat, record: impl Fn()) -> String {
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    struct KeepLine(LogFormat, std::sync::Arc<std::sync::Mutex<String>>);

    impl<S: tracing::Subscriber> Layer<S> for KeepLine {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            let mut buffer = LineBuffer::default();
            let record = |visitor: &mut dyn Visit| event.record(visitor);
            *self.1.lock().unwrap() =
                format_event(&mut buffer, self.0, event.metadata(), record).into();
        }
    }

    let kept = std::sync::Arc::<std::sync::Mutex<String>>::default();
    let layer = KeepLine(format, kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), record);
    let line = kept.lock().unwrap().clone();
    assert_eq!(line.matches('\n').count(), 1, "{line:?}");
    line.trim_end_matches('\n').to_owned()
}

/// Returns a line of text without its time.
fn human(record: impl Fn()) -> String {
    let line = line(LogFormat::Human, record);
    let (time, rest) = line.split_once(' ').unwrap();
    time.parse::<jiff::Timestamp>().unwrap();
    rest.to_owned()
}

fn json(record: impl Fn()) -> Value {
    let line = serde_json::from_str::<Value>(&line(LogFormat::Json, record)).unwrap();
    line["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    line
}

fn log_each_type() {
    let none: Option<u16> = None;
    tracing::info!(
        display = %"a \"b\"",
        debug = ?"c",
        text = "d \"e\"",
        number = 7_u16,
        negative = -7,
        part = 0.5,
        nothing_finite = f64::NAN,
        truth = true,
        none,
        "it happened"
    );
}

#[test]
fn text_has_each_type_of_field() {
    let actual = human(log_each_type);
    let fields = r#"display=a "b" debug="c" text="d \"e\"" number=7 negative=-7 part=0.5"#;
    assert_eq!(actual, format!(" INFO it happened {fields} nothing_finite=NaN truth=true"));
}

#[test]
fn json_has_each_type_of_field() {
    let actual = json(log_each_type);
    let expected = serde_json::json!({
        "timestamp": actual["timestamp"],
        "level": "INFO",
        "message": "it happened",
        "display": "a \"b\"",
        "debug": "\"c\"",
        "text": "d \"e\"",
        "number": 7,
        "negative": -7,
        "part": 0.5,
        "nothing_finite": "NaN",
        "truth": true,
        "target": module_path!(),
    });
    assert_eq!(actual, expected);
}

#[test]
fn values_have_a_limited_length() {
    let long = "x".repeat(60_000);
    let log = || {
        tracing::warn!(path = long, method = %long, list = ?[&long, &long], error = %long, "{long}");
    };
    let limit = 3 * VALUE_LIMIT + 2 * DIAGNOSTIC_LIMIT + 400;
    let line = line(LogFormat::Human, log);
    assert!(line.len() < limit, "{} bytes: {line}", line.len());
    let path = format!("path=\"{}… (60000 bytes)\" method=", &long[..VALUE_LIMIT]);
    assert!(line.contains(&path), "{line}");
    let line = json(log);
    assert!(line.to_string().len() < limit);
    assert_eq!(line["method"], format!("{}… (60000 bytes)", &long[..VALUE_LIMIT]));
    assert_eq!(line["error"], format!("{}… (60000 bytes)", &long[..DIAGNOSTIC_LIMIT]));
    assert!(line["list"].as_str().unwrap().ends_with("… (120008 bytes)"));
}

#[test]
fn no_field_breaks_or_forges_a_line() {
    let forged = "x\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2J\u{85}";
    let log = || tracing::warn!(path = forged, error = %forged, entry = ?[forged], "{forged}");
    let line = line(LogFormat::Human, log);
    assert!(!line.contains(char::is_control), "{line:?}");
    assert_eq!(json(log)["error"], forged);
}

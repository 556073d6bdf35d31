//! Writes checks as JUnit XML, which systems of continuous integration display.

use super::finding::{Check, CheckOutcome};

/// Returns the checks as one JUnit document.
pub fn to_junit(cluster: &str, checks: &[Check]) -> String {
    let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites>\n\
         <testsuite name=\"ginflix cluster check {}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        escape(cluster),
        checks.len(),
        count(CheckOutcome::Failed),
        count(CheckOutcome::Skipped),
    );
    for check in checks {
        text.push_str(&format!(
            "  <testcase classname=\"{}\" name=\"{}\"",
            check.category.title(),
            escape(&check.subject)
        ));
        let (detail, hint) =
            (escape(&check.detail), escape(check.hint.as_deref().unwrap_or_default()));
        let inner = match check.outcome {
            CheckOutcome::Passed => None,
            CheckOutcome::Skipped => Some(format!("<skipped message=\"{detail}\"/>")),
            CheckOutcome::Warning => {
                Some(format!("<system-out>warning: {detail}; {hint}</system-out>"))
            }
            CheckOutcome::Failed => Some(format!("<failure message=\"{detail}\">{hint}</failure>")),
        };
        match inner {
            Some(inner) => text.push_str(&format!(">{inner}</testcase>\n")),
            None => text.push_str("/>\n"),
        }
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    text
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' => "&#10;".to_owned(),
            // XML 1.0 cannot represent other control characters, not even as references.
            c if c.is_control() && c != '\t' => String::new(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Category;
    use super::*;

    #[test]
    fn outcomes_differ_and_no_text_breaks_the_xml() {
        let checks = [
            Check::passed(Category::Nodes, "a", "b"),
            Check::failed(Category::Playback, "x < \"y\"", "1 & 2\nlines\u{7}", "do > that"),
            Check::skipped(Category::Dns, "d", "no"),
        ];
        let text = to_junit("films", &checks);
        assert!(text.contains("tests=\"3\" failures=\"1\" skipped=\"1\""));
        assert!(text.contains("name=\"x &lt; &quot;y&quot;\""));
        assert!(text.contains("<failure message=\"1 &amp; 2&#10;lines\">do &gt; that</failure>"));
        assert_eq!(text.matches("<testcase").count(), 3);
    }
}

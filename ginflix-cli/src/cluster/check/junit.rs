//! Writes checks as JUnit XML, which systems of continuous integration display.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::finding::{Check, CheckOutcome};

/// Returns the checks as one JUnit document. Characters that XML 1.0 cannot represent are left out.
///
/// # Errors
/// The document cannot be serialized.
pub fn to_junit(cluster: &str, checks: &[Check]) -> Result<String, SerializeError> {
    let name = format!("ginflix cluster check {cluster}");
    let mut suite = TestSuite::new(name.clone());
    suite.add_test_cases(checks.iter().map(test_case));
    let mut report = Report::new(name);
    report.add_test_suite(suite);
    report.to_string()
}

fn test_case(check: &Check) -> TestCase {
    let hint = check.hint.as_deref().unwrap_or_default();
    let mut status = match check.outcome {
        CheckOutcome::Passed | CheckOutcome::Warning => TestCaseStatus::success(),
        CheckOutcome::Skipped => TestCaseStatus::skipped(),
        CheckOutcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status.set_message(check.detail.as_str());
    if check.outcome == CheckOutcome::Failed {
        status.set_description(hint);
    }
    let mut case = TestCase::new(check.subject.as_str(), status);
    case.set_classname(check.category.title());
    if check.outcome == CheckOutcome::Warning {
        case.set_system_out(format!("warning: {}; {hint}", check.detail));
    }
    case
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
        let text = to_junit("lectures", &checks).unwrap();
        let read = Report::deserialize_from_str(&text).unwrap();
        let suite = &read.test_suites[0];
        assert_eq!((suite.tests, suite.failures, suite.skipped), (3, 1, 1));
        assert_eq!(suite.test_cases[1].name.as_str(), "x < \"y\"");
        let TestCaseStatus::NonSuccess { message, description, .. } = &suite.test_cases[1].status
        else {
            unreachable!("it failed");
        };
        assert_eq!(message.as_ref().unwrap().as_str(), "1 & 2\nlines");
        assert_eq!(description.as_ref().unwrap().as_str(), "do > that");
    }
}

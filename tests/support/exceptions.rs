//! Findings of other projects' programs that we accept, each with its reason: `exceptions.yaml`.

use std::collections::BTreeSet;

use serde_json::Value;

const TEXT: &str = include_str!("../exceptions.yaml");

/// Fails the test unless a program found exactly what is accepted: an exception whose finding is
/// gone must be removed, so that the fault cannot come back.
///
/// # Panics
/// If there are other findings or fewer.
#[track_caller]
pub fn assert_only_accepted(program: &str, findings: &BTreeSet<String>) {
    let problems = problems(&accepted(program), findings);
    assert!(problems.is_empty(), "{program}:\n{}", problems.join("\n"));
}

/// Reports whether a program found exactly what is accepted.
pub fn are_only_accepted(program: &str, findings: &BTreeSet<String>) -> bool {
    problems(&accepted(program), findings).is_empty()
}

fn accepted(program: &str) -> BTreeSet<String> {
    let all: Value = serde_saphyr::from_str(TEXT).unwrap();
    let list =
        all[program].as_array().unwrap_or_else(|| panic!("exceptions.yaml has no {program}"));
    list.iter()
        .map(|exception| {
            let reason = exception["reason"].as_str();
            assert!(reason.is_some_and(|reason| !reason.is_empty()), "{exception} has no reason");
            exception["finding"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn problems(accepted: &BTreeSet<String>, findings: &BTreeSet<String>) -> Vec<String> {
    let new = findings.difference(accepted).map(|finding| format!("a new finding: {finding}"));
    let gone = accepted.difference(findings).map(|finding| {
        format!("no longer found, so remove it from tests/exceptions.yaml: {finding}")
    });
    new.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_findings_and_missing_ones_are_problems() {
        let set = |all: &[&str]| all.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert!(problems(&set(&["a"]), &set(&["a"])).is_empty());
        let both = problems(&set(&["a"]), &set(&["b"]));
        assert!(both[0].starts_with("a new finding: b"), "{both:?}");
        assert!(both[1].starts_with("no longer found"), "{both:?}");
    }
}

//! Runs schemathesis.

use std::path::Path;
use std::process::Command;

use ginflix_tests::binaries;
use ginflix_tests::server::Server;

/// Makes schemathesis send these content types, which it does not know, as plain bytes.
const HOOKS: &str = r#"
import schemathesis
schemathesis.serializer.alias(["application/offset+octet-stream", "application/x-ndjson"], "application/octet-stream")
"#;

/// tus 1.0, section "Protocol Versioning", requires 412 for a request without `Tus-Resumable`.
const CHECKS: &str = r#"
[checks]
missing_required_header.expected-statuses = ["400", "401", "403", "406", "412", "415", "422"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "423", "429"]
"#;

/// A run of schemathesis.
pub struct Run<'a> {
    pub server: &'a Server,
    /// A section of its settings with values of parameters that exist.
    pub parameters: &'a str,
    /// The most requests of a phase to one operation.
    pub max_examples: u32,
    /// The checks, separated by commas.
    pub checks: &'a str,
    /// Further arguments.
    pub arguments: &'a [&'a str],
}

impl Run<'_> {
    /// Runs it; it must find no fault.
    pub fn assert_no_fault(&self) {
        let program = binaries::cache().join("schemathesis/bin/schemathesis");
        assert!(
            program.exists(),
            "schemathesis is missing: run `scripts/setup test`, which installs it"
        );
        let folder = tempfile::tempdir().unwrap();
        write_settings(folder.path(), self.parameters);
        let output = Command::new(program)
            .args(["run", &self.server.url("/api/v1/openapi.json"), "--seed", "1"])
            .args(["--max-examples", &self.max_examples.to_string(), "--checks", self.checks])
            // Two threads that parse at once confuse Python 3.11: "AST constructor recursion depth mismatch".
            .args(["--no-shrink", "--continue-on-failure", "--workers", "1"])
            .args(self.arguments)
            .current_dir(folder.path())
            .env("PYTHONPATH", folder.path())
            .env("NO_PROXY", "*")
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(report.contains("No issues found"), "{report}");
        assert!(!self.server.log().contains("panicked"), "{}", self.server.log());
    }
}

fn write_settings(folder: &Path, parameters: &str) {
    std::fs::write(folder.join("hooks.py"), HOOKS).unwrap();
    let settings = format!("hooks = \"hooks.py\"\nwarnings = false\n{CHECKS}{parameters}");
    std::fs::write(folder.join("schemathesis.toml"), settings).unwrap();
}

//! The help texts of both binaries on a terminal of 80 columns, compared with snapshots.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::process::Command;

use ginflix_tests::cli::Cli;
use ginflix_tests::server;

/// The width of the terminal in columns.
const COLUMNS: &str = "80";

/// Returns the names of the commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    // Names are indented by two columns, wrapped text by more.
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    names.filter(|name| name != "help").collect()
}

/// Returns the help text of a command and of all its subcommands.
fn help(cli: &Cli, command: &[&str]) -> String {
    let args = [command, &["--help"]].concat();
    let own = cli.run_with(&args, &[("COLUMNS", COLUMNS)]).expect_success().stdout;
    let mut all = format!("$ ginflix {}\n{own}", args.join(" "));
    for name in commands(&own) {
        all.push('\n');
        all.push_str(&help(cli, &[command, &[name.as_str()]].concat()));
    }
    all
}

#[test]
fn each_command_has_a_help_text() {
    let cli = Cli::new();
    let main = cli.run_with(&["--help"], &[("COLUMNS", COLUMNS)]).expect_success().stdout;
    insta::assert_snapshot!("ginflix", main);
    let names = commands(&main);
    assert!(names.iter().any(|name| name == "upload"), "{names:?}");
    for name in names {
        insta::assert_snapshot!(format!("ginflix_{name}"), help(&cli, &[&name]));
    }
}

#[test]
fn the_server_has_a_help_text() {
    let mut command: Command = server::command(&["--help"]);
    let output = command.env("COLUMNS", COLUMNS).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    insta::assert_snapshot!("ginflix-server", String::from_utf8(output.stdout).unwrap());
}

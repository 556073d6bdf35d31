//! Help texts of both binaries on a terminal of 80 columns, compared with what was agreed on.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::process::Command;

use ginflix_tests::cli::Cli;
use ginflix_tests::server;

/// The width that the texts are wrapped to.
const COLUMNS: &str = "80";

/// The names of the commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    // Names stand two columns in; further in is text that was wrapped.
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    names.filter(|name| name != "help").collect()
}

/// The help of a command and of all below it.
fn help(cli: &Cli, command: &[&str]) -> String {
    let args = [command, &["--help"]].concat();
    let own = cli.run_with(&args, &[("COLUMNS", COLUMNS)]).ok().stdout;
    let mut all = format!("$ ginflix {}\n{own}", args.join(" "));
    for name in commands(&own) {
        all.push('\n');
        all.push_str(&help(cli, &[command, &[name.as_str()]].concat()));
    }
    all
}

#[test]
fn each_command_explains_itself() {
    let cli = Cli::new();
    let main = cli.run_with(&["--help"], &[("COLUMNS", COLUMNS)]).ok().stdout;
    insta::assert_snapshot!("ginflix", main);
    let names = commands(&main);
    assert!(names.iter().any(|name| name == "upload"), "{names:?}");
    for name in names {
        insta::assert_snapshot!(format!("ginflix_{name}"), help(&cli, &[&name]));
    }
}

#[test]
fn the_server_explains_itself() {
    let mut command: Command = server::command(&["--help"]);
    let output = command.env("COLUMNS", COLUMNS).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    insta::assert_snapshot!("ginflix-server", String::from_utf8(output.stdout).unwrap());
}

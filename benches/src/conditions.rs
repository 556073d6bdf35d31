//! Checks that all servers run under the same conditions: the congestion control of the kernel and
//! the cipher of TLS, as their connections show them.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// The cipher suite of all servers: the first choice of wrk, which cannot be configured.
pub const CIPHER: &str = "TLS_AES_256_GCM_SHA384";

/// How long it may take until ss(8) lists a connection of the server.
const LISTED_TIMEOUT: Duration = Duration::from_secs(10);

/// How often ss(8) is run until then.
const LISTED_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Returns the default congestion control of this network namespace.
///
/// # Errors
/// If the kernel's file in /proc cannot be read.
pub fn congestion_control() -> Result<String> {
    let path = "/proc/sys/net/ipv4/tcp_congestion_control";
    Ok(fs::read_to_string(path).context(path)?.trim().to_owned())
}

/// Checks that the server on this port sends with this congestion control.
///
/// # Errors
/// If it uses another one, or ss(8) is missing or does not list the connection.
pub fn ensure_congestion_control(name: &str, port: u16, expected: &str) -> Result<()> {
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let client_port = client.local_addr()?.port();
    let deadline = Instant::now() + LISTED_TIMEOUT;
    loop {
        let output = Command::new("ss")
            .args(["-tinH", "sport", "=", &format!(":{port}"), "and"])
            .args(["dport", "=", &format!(":{client_port}")])
            .output()
            .context("cannot run ss, of the package iproute2")?;
        let text = String::from_utf8_lossy(&output.stdout);
        if let Some(used) = congestion_control_in(&text) {
            ensure!(used == expected, "{name} sends with {used}, the others with {expected}");
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "ss does not list the connection to {name}:\n{text}");
        thread::sleep(LISTED_POLL_INTERVAL);
    }
}

/// Finds the congestion control in the output of ss(8): the word before the window scale.
fn congestion_control_in(text: &str) -> Option<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let scale = words.iter().position(|word| word.starts_with("wscale:"))?;
    words.get(scale.checked_sub(1)?).copied()
}

/// Checks that the server on this port negotiates TLS 1.3 and [`CIPHER`] with openssl, the library
/// of wrk.
///
/// # Errors
/// If it negotiates something else, or openssl is missing.
pub fn ensure_cipher(name: &str, port: u16) -> Result<()> {
    let output = Command::new("openssl")
        .args(["s_client", "-brief", "-connect", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::null())
        .output()
        .context("cannot run openssl")?;
    let text = String::from_utf8_lossy(&output.stderr);
    for expected in ["Protocol version: TLSv1.3", &format!("Ciphersuite: {CIPHER}")] {
        if !text.lines().any(|line| line == expected) {
            bail!("{name} does not negotiate \"{expected}\":\n{text}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_congestion_control_is_the_word_before_the_window_scale() {
        let output =
            "ESTAB 0 0 127.0.0.1:80 127.0.0.1:4000\n\t ts sack reno wscale:10,10 rtt:0.2\n";
        assert_eq!(congestion_control_in(output), Some("reno"));
        assert_eq!(congestion_control_in("wscale:10,10"), None);
        assert_eq!(congestion_control_in(""), None);
    }
}

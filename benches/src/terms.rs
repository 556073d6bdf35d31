//! Whether the terms are equal: what the kernel and TLS do for each server, asked of the
//! connections themselves.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How all servers encrypt: the first choice of wrk, which cannot be told another.
pub const CIPHER: &str = "TLS_AES_256_GCM_SHA384";

/// ss(8) shows a connection at the server's end within this time.
const SHOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// The congestion control of connections that do not ask for another one.
///
/// # Errors
/// Where the kernel does not say.
pub fn congestion_control() -> Result<String> {
    let path = "/proc/sys/net/ipv4/tcp_congestion_control";
    Ok(fs::read_to_string(path).context(path)?.trim().to_owned())
}

/// Fails unless the server on this port sends with this congestion control.
///
/// # Errors
/// Where it does not, or ss(8) cannot tell.
pub fn ensure_congestion_control(name: &str, port: u16, wanted: &str) -> Result<()> {
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let own = client.local_addr()?.port();
    let deadline = Instant::now() + SHOWN_TIMEOUT;
    loop {
        let output = Command::new("ss")
            .args(["-tinH", "sport", "=", &format!(":{port}"), "and"])
            .args(["dport", "=", &format!(":{own}")])
            .output()
            .context("cannot run ss, of the package iproute2")?;
        let text = String::from_utf8_lossy(&output.stdout);
        if let Some(used) = congestion_control_in(&text) {
            ensure!(used == wanted, "{name} sends with {used}, the others with {wanted}");
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "ss does not show the connection to {name}:\n{text}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The word before the window scale in what ss(8) prints.
fn congestion_control_in(text: &str) -> Option<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let scale = words.iter().position(|word| word.starts_with("wscale:"))?;
    words.get(scale.checked_sub(1)?).copied()
}

/// Fails unless the server on this port agrees on TLS 1.3 and [`CIPHER`] with a client that has
/// wrk's library and settings.
///
/// # Errors
/// Where it does not, or openssl cannot tell.
pub fn ensure_cipher(name: &str, port: u16) -> Result<()> {
    let output = Command::new("openssl")
        .args(["s_client", "-brief", "-connect", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::null())
        .output()
        .context("cannot run openssl")?;
    let text = String::from_utf8_lossy(&output.stderr);
    for wanted in ["Protocol version: TLSv1.3", &format!("Ciphersuite: {CIPHER}")] {
        if !text.lines().any(|line| line == wanted) {
            bail!("{name} does not agree on \"{wanted}\":\n{text}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_congestion_control_stands_before_the_window_scale() {
        let shown = "ESTAB 0 0 127.0.0.1:80 127.0.0.1:4000\n\t ts sack reno wscale:10,10 rtt:0.2\n";
        assert_eq!(congestion_control_in(shown), Some("reno"));
        assert_eq!(congestion_control_in("wscale:10,10"), None);
        assert_eq!(congestion_control_in(""), None);
    }
}

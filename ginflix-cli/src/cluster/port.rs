//! Ports of this machine.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// Checks that a server of the cluster `name` can listen on a port, so that the user gets a better
/// message than the one in the server's log.
///
/// # Errors
/// The port is in use or forbidden, or this machine has no such address; with a hint.
pub fn ensure_free(listen: IpAddr, port: u16, name: &str) -> Result<()> {
    let address = SocketAddr::new(listen, port);
    let Err(error) = TcpListener::bind(address) else { return Ok(()) };
    let free_port = suggested_command(name, "cluster up --port 0");
    Err(match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::new(ExitStatus::Conflict, format!("port {port} of {listen} is in use"))
                .hint(format!("let the server choose a free one: {free_port}"))
        }
        io::ErrorKind::PermissionDenied => Failure::new(
            ExitStatus::NotAllowed,
            format!("you may not listen on port {port} of {listen}"),
        )
        .hint(format!("ports below 1024 are for root only; use another one: {free_port}")),
        io::ErrorKind::AddrNotAvailable => Failure::new(
            ExitStatus::Failed,
            format!("this machine has no address {listen}"),
        )
        .hint("use --listen 127.0.0.1 (this machine only) or --listen 0.0.0.0 (all its addresses)"),
        _ => Failure::failed(format!("cannot listen on {address}: {error}")),
    })
}

/// Returns a port that is free right now.
///
/// # Errors
/// This machine has no such address.
pub fn find_free(listen: IpAddr) -> Result<u16> {
    TcpListener::bind(SocketAddr::new(listen, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| Failure::failed(format!("cannot find a free port of {listen}: {e}")))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_a_hint() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = ensure_free(Ipv4Addr::LOCALHOST.into(), port, "ginflix").unwrap_err();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains(&port.to_string()));
        assert!(failure.hint.unwrap().contains("--port 0"));
    }

    #[test]
    fn a_free_port_is_fine() {
        // With 0 the kernel finds a port; a fixed one could be taken by another test meanwhile.
        ensure_free(Ipv4Addr::LOCALHOST.into(), 0, "ginflix").unwrap();
    }
}

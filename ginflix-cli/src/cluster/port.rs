//! Ports of this machine.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use crate::error::{ExitStatus, Failure, Result};
use crate::hint::suggested_command;

/// Says that a port is taken before a server fails over it.
///
/// # Errors
/// With the way out.
pub fn check(listen: IpAddr, port: u16, name: &str) -> Result<()> {
    let address = SocketAddr::new(listen, port);
    let Err(error) = TcpListener::bind(address) else { return Ok(()) };
    let other = suggested_command(name, "cluster up --port 0");
    Err(match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::new(ExitStatus::Conflict, format!("port {port} of {listen} is in use"))
                .hint(format!("let it choose a free one: {other}"))
        }
        io::ErrorKind::PermissionDenied => Failure::new(
            ExitStatus::NotAllowed,
            format!("you may not listen on port {port} of {listen}"),
        )
        .hint(format!("ports below 1024 are root's; take another: {other}")),
        io::ErrorKind::AddrNotAvailable => {
            Failure::new(ExitStatus::Failed, format!("this machine has no address {listen}")).hint(
                "take 127.0.0.1 (this machine only) or 0.0.0.0 (all its addresses) for --listen",
            )
        }
        _ => Failure::failed(format!("cannot listen on {address}: {error}")),
    })
}

/// A port that is free right now.
///
/// # Errors
/// Where this machine has no such address.
pub fn any(listen: IpAddr) -> Result<u16> {
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
    fn a_taken_port_is_named_with_the_way_out() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = check(Ipv4Addr::LOCALHOST.into(), port, "ginflix").unwrap_err();
        assert_eq!(failure.status, ExitStatus::Conflict);
        assert!(failure.message.contains(&port.to_string()));
        assert!(failure.hint.unwrap().contains("--port 0"));
    }

    #[test]
    fn a_free_port_is_fine() {
        // The kernel finds one; a certain port could be taken by another test meanwhile.
        check(Ipv4Addr::LOCALHOST.into(), 0, "ginflix").unwrap();
    }
}

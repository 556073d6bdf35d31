//! Listening sockets.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// The most connections that the kernel completes before they are accepted. Beyond that it drops
/// SYNs, which clients repeat after 1, 3 and 7 seconds, so a burst of new connections must fit.
/// The kernel clamps this to `net.core.somaxconn`, 4096 by default.
const BACKLOG: u32 = 4096;

/// Listens on this address; port 0 takes any free port.
///
/// # Errors
/// If the address is not one of this machine, is in use, or is not permitted.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Lets a restart bind the address while old connections are in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

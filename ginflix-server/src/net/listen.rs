//! Listening sockets.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that the kernel may complete before they are accepted. Where there are more, it drops
/// their SYN, which clients repeat after 1, 3 and 7 seconds: so a burst must fit. The kernel
/// takes no more than `net.core.somaxconn`, by default 4096 as well; the standard library asks for 128.
const BACKLOG: u32 = 4096;

/// Listens on this address; port 0 takes any free one.
///
/// # Errors
/// Where the address is not of this machine, is in use, or is not allowed.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart has the address at once, whatever connections there were before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

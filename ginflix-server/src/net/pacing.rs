//! Chooses whether the kernel paces what connections send, as it does with BBR.
//!
//! Over a long distance, pacing keeps queues in the network short. Between two programs on the same
//! machine there is no queue, and the pacing timers only cost CPU time. So a listener on a loopback
//! address, which only a proxy or a local player reaches, uses a congestion control without
//! pacing. Other listeners use what the system or the settings say.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::net::sockopt::{set_tcp_congestion, tcp_congestion};

/// A congestion control without pacing that every Linux permits to unprivileged processes.
const UNPACED_CONGESTION_CONTROL: &str = "reno";

/// What decides when bytes leave the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// No pacing: bytes leave as soon as the congestion window allows.
    None,
    /// The kernel spreads them over time.
    Kernel,
}

impl Pacing {
    /// Sets the congestion control of a listener, and returns whether it paces. Accepted
    /// connections inherit it. Setting it on them later would be no use, because the kernel goes on
    /// pacing a connection once it has begun.
    ///
    /// `wanted` is the congestion control from the settings. Without one, a listener on a loopback
    /// address gets one that does not pace.
    ///
    /// # Errors
    /// If the system does not have `wanted`, or does not permit it. Without `wanted` there is no
    /// error, because pacing is slower, but not wrong.
    pub fn choose(
        listener: impl AsFd,
        address: SocketAddr,
        wanted: Option<&str>,
    ) -> io::Result<Self> {
        match wanted {
            Some(wanted) => set_tcp_congestion(&listener, wanted)?,
            None if address.ip().to_canonical().is_loopback() && is_paced(&listener) => {
                let _ = set_tcp_congestion(&listener, UNPACED_CONGESTION_CONTROL);
            }
            None => {}
        }
        Ok(if is_paced(listener) { Self::Kernel } else { Self::None })
    }
}

/// Returns whether the kernel paces, which only BBR requires. If the congestion control cannot be
/// read, the result is `true`.
fn is_paced(listener: impl AsFd) -> bool {
    tcp_congestion(listener).map_or(true, |name| name.starts_with("bbr"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn listener() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").unwrap()
    }

    #[test]
    fn a_loopback_listener_is_not_paced() {
        for address in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.2]:1"] {
            let listener = listener();
            let pacing = Pacing::choose(&listener, address.parse().unwrap(), None).unwrap();
            assert_eq!(pacing, Pacing::None);
            assert!(!is_paced(&listener));
        }
    }

    #[test]
    fn a_socket_without_a_congestion_control_counts_as_paced() {
        let (socket, _) = std::os::unix::net::UnixStream::pair().unwrap();
        let address = "127.0.0.1:1".parse().unwrap();
        assert_eq!(Pacing::choose(&socket, address, None).unwrap(), Pacing::Kernel);
    }

    #[test]
    fn on_other_addresses_the_settings_decide_and_without_them_the_system() {
        let listener = listener();
        let address = "192.0.2.1:1".parse().unwrap();
        let default = tcp_congestion(&listener).unwrap();
        let pacing = Pacing::choose(&listener, address, None).unwrap();
        assert_eq!(tcp_congestion(&listener).unwrap(), default);
        assert_eq!(pacing == Pacing::Kernel, default.starts_with("bbr"));
        assert_eq!(Pacing::choose(&listener, address, Some("reno")).unwrap(), Pacing::None);
        assert_eq!(tcp_congestion(&listener).unwrap(), "reno");
        assert!(Pacing::choose(&listener, address, Some("nonsense")).is_err());
    }
}

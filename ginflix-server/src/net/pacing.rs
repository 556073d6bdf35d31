//! Whether the kernel spreads over time what it sends, as BBR has it do.
//!
//! On a long way that is what keeps queues short. Between two programs of one
//! machine there is no queue to keep short, and its timers only cost processor
//! time. So a listener on the loopback addresses, where none but a proxy or a
//! local player can be, does without; any other does as the system says, or as
//! the settings do.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::net::sockopt::{set_tcp_congestion, tcp_congestion};

/// Instead of one that paces: allowed to everyone, on every Linux.
const UNPACED: &str = "reno";

/// Who decides when bytes leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// Nobody: they leave as soon as there is room for them.
    None,
    /// The kernel, by its timers.
    Kernel,
}

impl Pacing {
    /// Of the connections to a listener on this address, for which `wanted` is
    /// the congestion control if there is a wish. They inherit it, and cannot
    /// change it later: once paced, a connection stays so.
    ///
    /// # Errors
    /// Where the system does not have what is wanted, or does not allow it.
    /// Without a wish there is none: paced is slower, but not wrong.
    pub fn choose(
        listener: impl AsFd,
        address: SocketAddr,
        wanted: Option<&str>,
    ) -> io::Result<Self> {
        match wanted {
            Some(wanted) => set_tcp_congestion(&listener, wanted)?,
            None if address.ip().to_canonical().is_loopback() && is_paced(&listener) => {
                let _ = set_tcp_congestion(&listener, UNPACED);
            }
            None => {}
        }
        Ok(if is_paced(listener) { Self::Kernel } else { Self::None })
    }
}

/// So it is taken to be where the system does not say.
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
    fn nothing_is_paced_on_the_loopback() {
        for address in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.2]:1"] {
            let listener = listener();
            let pacing = Pacing::choose(&listener, address.parse().unwrap(), None).unwrap();
            assert_eq!(pacing, Pacing::None);
            assert!(!is_paced(&listener));
        }
    }

    #[test]
    fn what_does_not_say_is_taken_for_paced() {
        let (socket, _) = std::os::unix::net::UnixStream::pair().unwrap();
        let address = "127.0.0.1:1".parse().unwrap();
        assert_eq!(Pacing::choose(&socket, address, None).unwrap(), Pacing::Kernel);
    }

    #[test]
    fn elsewhere_the_system_decides_unless_somebody_wishes() {
        let listener = listener();
        let address = "192.0.2.1:1".parse().unwrap();
        let of_system = tcp_congestion(&listener).unwrap();
        let pacing = Pacing::choose(&listener, address, None).unwrap();
        assert_eq!(tcp_congestion(&listener).unwrap(), of_system);
        assert_eq!(pacing == Pacing::Kernel, of_system.starts_with("bbr"));
        assert_eq!(Pacing::choose(&listener, address, Some("reno")).unwrap(), Pacing::None);
        assert_eq!(tcp_congestion(&listener).unwrap(), "reno");
        assert!(Pacing::choose(&listener, address, Some("nonsense")).is_err());
    }
}

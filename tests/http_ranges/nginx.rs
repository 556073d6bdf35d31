//! nginx with its default settings, as a server of the files.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ginflix_tests::wait;

/// How long the start may take on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running nginx, which is killed when it is dropped.
pub struct Nginx {
    process: Child,
    address: SocketAddr,
    media: PathBuf,
}

impl Nginx {
    /// Starts nginx, which writes only to this folder.
    pub fn start(folder: &Path) -> Self {
        let media = folder.join("stream");
        fs::create_dir(&media).unwrap();
        // Another process may take the port before nginx does; then the test fails and says so.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        fs::write(folder.join("nginx.conf"), configuration(folder, port)).unwrap();
        let process = Command::new("nginx")
            .arg("-e")
            .arg(folder.join("log"))
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("nginx does not run ({error}): `scripts/setup security` installs it")
            });
        let mut nginx = Self { process, address: port, media };
        wait::until(START_TIMEOUT, "nginx to listen", || {
            let ended = nginx.process.try_wait().unwrap();
            assert!(ended.is_none(), "{}", fs::read_to_string(folder.join("log")).unwrap());
            TcpStream::connect(nginx.address).ok()
        });
        nginx
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the folder of the files under `/stream/`.
    pub fn media(&self) -> PathBuf {
        self.media.clone()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn configuration(folder: &Path, address: SocketAddr) -> String {
    let path = folder.display();
    // Workers of root run as `nobody` by default, who may not read the files.
    let user = if rustix::process::getuid().is_root() { "user root;" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {path}/{name};\n"))
        .concat();
    // Without a master process there is one process, which the test can kill.
    format!(
        "{user}\ndaemon off;\nmaster_process off;\npid {path}/pid;\nevents {{ }}\n\
         http {{\naccess_log off;\n{temporary}types {{ video/mp4 mp4; }}\n\
         server {{ listen {address}; root {path}; }}\n}}\n"
    )
}

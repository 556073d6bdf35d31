//! nginx with its fastest settings, as a file server and as a gateway.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Server, free_port};
use crate::certificate::Certificate;
use crate::files::BenchFiles;

/// The size in bytes from which nginx is faster with `tcp_nopush`. With smaller responses it then
/// waits for delayed acknowledgements.
const NOPUSH_MIN_SIZE: u64 = 1 << 20;

/// nginx as a server of the files, with a port for each combination of TLS and `tcp_nopush`.
pub struct Nginx {
    /// The process, with the port of plain HTTP without `tcp_nopush`.
    pub server: Server,
    http_nopush: u16,
    /// The ports of HTTPS, without and with `tcp_nopush`.
    https: [u16; 2],
}

impl Nginx {
    /// Starts nginx. With a certificate it also serves HTTPS, by HTTP/1.1 and HTTP/2.
    ///
    /// # Errors
    /// The same as those of [`Server::start`].
    pub fn start(files: &BenchFiles, certificate: Option<&Certificate>) -> Result<Self> {
        let ports = [free_port()?, free_port()?, free_port()?, free_port()?];
        let mut servers = String::new();
        let media = files.media();
        for (port, nopush, tls) in [
            (ports[0], "off", None),
            (ports[1], "on", None),
            (ports[2], "off", certificate),
            (ports[3], "on", certificate),
        ] {
            let options = if tls.is_some() { " ssl http2" } else { "" };
            write!(servers, "server {{ listen 127.0.0.1:{port}{options}; tcp_nopush {nopush};")?;
            if let Some(certificate) = tls {
                // If the kernel has the module `tls`, it encrypts, and nginx can use sendfile(2).
                write!(
                    servers,
                    "ssl_certificate {}; ssl_certificate_key {}; ssl_protocols TLSv1.3; \
                     ssl_conf_command Ciphersuites {}; ssl_conf_command Options KTLS;",
                    certificate.certificate.display(),
                    certificate.key.display(),
                    crate::conditions::CIPHER,
                )?;
            }
            writeln!(servers, "location /stream/ {{ alias {}/; }}", media.display())?;
            let segments = files.folder().join("segments");
            writeln!(servers, "location /segments/ {{ alias {}/; }} }}", segments.display())?;
        }
        // 16 KiB is the largest frame that HTTP/2 clients accept by default.
        let http = format!(
            "sendfile on; tcp_nodelay on; keepalive_requests 100000000; http2_chunk_size 16k;\n\
             open_file_cache max=1000 inactive=60s; types {{ video/mp4 mp4; }}\n{servers}"
        );
        let command = command(files.folder(), "nginx", &http)?;
        let server = Server::start("nginx", command, ports[0])?;
        Ok(Self { server, http_nopush: ports[1], https: [ports[2], ports[3]] })
    }

    /// Returns the port of plain HTTP that is fastest for ranges of this size; 0 is a whole file.
    pub fn http_port(&self, range_bytes: u64) -> u16 {
        if is_large(range_bytes) { self.http_nopush } else { self.server.port() }
    }

    /// Returns the port of HTTPS that is fastest for ranges of this size.
    pub fn https_port(&self, range_bytes: u64) -> u16 {
        self.https[usize::from(is_large(range_bytes))]
    }
}

/// Starts nginx as a gateway to a server on this port.
///
/// # Errors
/// The same as those of [`Server::start`].
pub fn start_gateway(files: &BenchFiles, upstream: u16) -> Result<Server> {
    let port = free_port()?;
    let http = format!(
        "tcp_nodelay on; keepalive_requests 100000000;\n\
         upstream streamer {{ server 127.0.0.1:{upstream}; keepalive 64; \
         keepalive_requests 100000000; }}\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://streamer; \
         proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffering off; \
         proxy_set_header X-Forwarded-For $remote_addr; }} }}\n"
    );
    Server::start("nginx", command(files.folder(), "nginx-gateway", &http)?, port)
}

fn is_large(range_bytes: u64) -> bool {
    range_bytes == 0 || range_bytes >= NOPUSH_MIN_SIZE
}

/// Builds a command that runs nginx with this content of the block `http`. nginx then writes only
/// to a subfolder with this name.
fn command(folder: &Path, name: &str, http: &str) -> Result<Command> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    // Workers of root run as `nobody` by default, who may not read the files.
    let user = if rustix::process::getuid().is_root() { "user root;" } else { "" };
    let path = folder.display();
    let mut config = format!(
        "{user} daemon off; worker_processes auto; pid {path}/pid;\n\
         events {{ worker_connections 15000; }}\n\
         http {{ access_log off; "
    );
    for temporary in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        write!(config, "{temporary}_temp_path {path}/{temporary}; ")?;
    }
    write!(config, "\n{http}}}\n")?;
    let config_file = folder.join("nginx.conf");
    fs::write(&config_file, config)?;
    let mut command = Command::new("nginx");
    command.arg("-e").arg(folder.join("log")).arg("-c").arg(config_file);
    Ok(command)
}

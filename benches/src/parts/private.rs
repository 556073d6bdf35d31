//! A private cluster, by session cookie and by signed link, compared with a public one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ginflix_api::account::Login;
use ginflix_api::client::Client;
use ginflix_api::link::NewLink;
use ginflix_server::http::auth::SESSION_COOKIE;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{Bench, cases, plain_http};
use crate::files::LARGE_NAME;
use crate::report;
use crate::servers::{Server, ginflix};

const TEXT: &str = "\
The same ranges of the same file, from a public server and from one with `--access private`: by the session cookie of an
account, and by a signed link.";

/// The lifetime of the signed link, longer than any run.
const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

const PASSWORD: &str = "a password of this benchmark alone";
const TOKEN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Measures both servers.
///
/// # Errors
/// If a server does not start or ends, or refuses the log-in.
pub fn run(bench: &Bench) -> Result<()> {
    let public = bench.start_ginflix()?;
    let private = start(&bench.server, "ginflix, private", &bench.files.data_dir("private")?)?;
    bench.ensure_equal_conditions(&[&public, &private])?;
    let (cookie, link) = create_credentials(&private)?;
    let all = bench.measure(&cases(&[64, 1024]), |range_bytes, connections| {
        let by = |name: &str| plain_http(name, &private, private.port(), range_bytes, connections);
        let (mut by_cookie, mut by_link) = (by("private, by cookie"), by("private, by link"));
        by_cookie.workload.field = Some(cookie.clone());
        by_link.workload.target = Some(link.clone());
        vec![
            plain_http("public", &public, public.port(), range_bytes, connections),
            by_cookie,
            by_link,
        ]
    })?;
    bench.print_section("Private clusters", TEXT);
    report::print_cost(&all, &["public"]);
    Ok(())
}

/// Starts a server of a private cluster, with an account and a token.
///
/// # Errors
/// If it does not start.
pub fn start(binary: &Path, name: &str, folder: &Path) -> Result<Server> {
    let (password, token) =
        (secret(folder, "password", PASSWORD)?, secret(folder, "token", TOKEN)?);
    let (password, token) = (password.to_string_lossy(), token.to_string_lossy());
    let flags =
        ["--access", "private", "--admin-password-file", &*password, "--admin-token-file", &*token];
    ginflix::start(binary, name, folder, &flags)
}

/// Writes a secret to a file that only its owner may read.
fn secret(folder: &Path, name: &str, secret: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, secret)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(path)
}

/// Logs in and creates a signed link. Returns the field `Cookie` and the path of the link.
///
/// # Errors
/// If the server refuses one of them.
pub fn create_credentials(server: &Server) -> Result<(String, String)> {
    let base: Url = format!("http://127.0.0.1:{}", server.port()).parse()?;
    let client = Client::new(base, Some(TOKEN))?;
    let login = Login { name: "admin".to_owned(), password: PASSWORD.to_owned() };
    let link = NewLink {
        media: LARGE_NAME.parse()?,
        expires_at: Timestamp::now() + LINK_LIFETIME,
        audience: None,
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let session = client.log_in(&login).await.context("cannot log in")?;
        let link = client.create_link(&link).await.context("cannot create a link")?;
        Ok((format!("Cookie: {SESSION_COOKIE}={}", session.token), link.path))
    })
}

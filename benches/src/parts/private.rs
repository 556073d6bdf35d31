//! A private cluster, by session cookie and by signed link, beside a public one.

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

use super::{Bench, cases, plainly};
use crate::files::LARGE_NAME;
use crate::report;
use crate::servers::{Server, ginflix};

const TEXT: &str = "\
The same ranges of the same file, from a server that lets anyone watch and from one with `--access private`: by the cookie
that an account gets when it logs in, and by a signed link.";

/// Long enough for any run.
const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

const PASSWORD: &str = "a password of this benchmark alone";
const TOKEN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Measures it.
///
/// # Errors
/// Where a server does not start or ends, or lets nobody in.
pub fn run(bench: &Bench) -> Result<()> {
    let public = bench.start_ginflix()?;
    let private = start(&bench.server, "ginflix, private", &bench.files.data_dir("private")?)?;
    bench.ensure_equal_terms(&[&public, &private])?;
    let (cookie, link) = let_in(&private)?;
    let all = bench.measure(&cases(&[64, 1024]), |part, connections| {
        let by = |name: &str| plainly(name, &private, private.port(), part, connections);
        let (mut by_cookie, mut by_link) = (by("private, by cookie"), by("private, by link"));
        by_cookie.asked.field = Some(cookie.clone());
        by_link.asked.target = Some(link.clone());
        vec![plainly("public", &public, public.port(), part, connections), by_cookie, by_link]
    })?;
    bench.show_section("Private clusters", TEXT);
    report::show_cost(&all, &["public"]);
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

/// Writes a secret to a file that only its owner reads.
fn secret(folder: &Path, name: &str, secret: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, secret)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(path)
}

/// A field with the cookie of an account, and the path of a signed link.
///
/// # Errors
/// If the server makes none.
pub fn let_in(server: &Server) -> Result<(String, String)> {
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
        let link = client.create_link(&link).await.context("cannot make a link")?;
        Ok((format!("Cookie: {SESSION_COOKIE}={}", session.token), link.path))
    })
}

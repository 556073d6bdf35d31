use std::path::Path;

use clap::Parser;

use super::*;

fn flags(args: &[&str]) -> Settings {
    Settings::parse_from(["ginflix-server"].iter().chain(args))
}

#[test]
fn flags_override_the_file_and_the_file_overrides_defaults() {
    let file: Settings = toml::from_str("data_dir = '/file'\nlisten = '127.0.0.1:1'").unwrap();
    let config = Config::check(flags(&["--data-dir", "/flag"]).or(file)).unwrap();
    assert_eq!(config.data_dir, Path::new("/flag"));
    assert_eq!(config.listen.port(), 1);
    assert_eq!(config.drain_timeout, Duration::from_secs(30));
    assert_eq!(config.database, Database::Sqlite("/flag/catalog.db".into()));
    assert!(!config.is_private());
}

#[test]
fn an_invalid_setting_is_named() {
    let cases: [(&[&str], &str); 25] = [
        (&[], "data_dir"),
        (&["--data-dir", "d", "--listen", "nowhere"], "listen"),
        (&["--data-dir", "d", "--max-connections", "0"], "max_connections"),
        (&["--data-dir", "d", "--upload-hours", "0"], "upload_hours"),
        (&["--data-dir", "d", "--upload-hours=-1"], "upload_hours"),
        (&["--data-dir", "d", "--upload-hours", "NaN"], "upload_hours"),
        (&["--data-dir", "d", "--stream-origin", "httpfilms.example"], "stream_origin"),
        (&["--data-dir", "d", "--upload-origins", "*"], "upload_origins"),
        (&["--data-dir", "d", "--upload-origins", "https://a.example/path"], "upload_origins"),
        (&["--data-dir", "d", "--database-url", "mysql://x"], "database_url"),
        (&["--data-dir", "d", "--trusted-proxies", "10.0.0.0/33"], "trusted_proxies"),
        (&["--data-dir", "d", "--config", "/nonexistent.toml"], "config"),
        (&["--data-dir", "d", "--role", "web"], "database_url_file"),
        (&["--data-dir", "d", "--database-url-file", "/nonexistent"], "database_url_file"),
        (
            &["--data-dir", "d", "--database-url", "sqlite:x", "--database-url-file", "x"],
            "database_url_file",
        ),
        (&["--data-dir", "d", "--peers", "host:4463"], "peer_key_file"),
        (&["--data-dir", "d", "--peers", "host", "--peer-key-file", "k"], "peers"),
        (&["--data-dir", "d", "--streamer-name", "a b"], "streamer_name"),
        (&["--data-dir", "d", "--pull-jobs", "0"], "pull_jobs"),
        (&["--data-dir", "d", "--log-file-bytes", "65535"], "log_file_bytes"),
        (
            &[
                "--data-dir",
                "d",
                "--role",
                "streamer",
                "--database-url",
                "sqlite:x",
                "--access",
                "private",
            ],
            "link_keys_file",
        ),
        (&["--data-dir", "d", "--hsts-seconds=-1"], "hsts_seconds"),
        (&["--data-dir", "d", "--tls-cert", "/cert.pem"], "tls_key"),
        (&["--data-dir", "d", "--tls-key", "/key.pem"], "tls_cert"),
        (&["--data-dir", "d", "--tls-cert", "/nonexistent", "--tls-key", "k"], "tls_cert"),
    ];
    for (args, key) in cases {
        assert_eq!(Config::load(flags(args)).unwrap_err().key, key);
    }
    assert!(toml::from_str::<Settings>("data_dri = 'x'").is_err());
}

#[test]
fn only_origins_may_embed_and_not_in_a_private_cluster() {
    let load = |origins: &str, access: &str| {
        let args = ["--data-dir", "d", "--embed-origins", origins, "--access", access];
        Config::load(flags(&args))
    };
    let embedding = load("https://a.example, http://b.example:8080", "public").unwrap();
    assert_eq!(embedding.embed_origins.len(), 2);
    let many = "http://a,".repeat(51);
    for wrong in ["*", "https://a.example/path", "https://a.example; script-src *", &many] {
        assert_eq!(load(wrong, "public").unwrap_err().key, "embed_origins", "{wrong}");
    }
    assert_eq!(load("https://a.example", "private").unwrap_err().key, "embed_origins");
}

#[test]
fn a_streamer_has_a_name_and_its_database_url_may_be_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "postgres://u:p@db/x\n").unwrap();
    let database = ["--data-dir", "d", "--database-url-file", file.path().to_str().unwrap()];
    let load = |more: &[&str]| Config::load(flags(&[&database, more].concat())).unwrap();
    let streamer = load(&["--role", "streamer"]);
    assert_eq!(streamer.database, Database::Postgres("postgres://u:p@db/x".to_owned()));
    assert!(streamer.streamer_name.is_some_and(|name| !name.is_empty()));
    assert_eq!(load(&[]).streamer_name, None);
    let named = ["--role", "streamer", "--streamer-name", "streamer-0"];
    assert_eq!(load(&named).streamer_name.as_deref(), Some("streamer-0"));
}

#[test]
fn debug_hides_the_password() {
    let url = "postgres://ginflix:hunter2@db/ginflix";
    let config = Config::load(flags(&["--data-dir", "d", "--database-url", url])).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

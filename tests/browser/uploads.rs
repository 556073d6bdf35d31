//! Uploads on the pages of administrators, which survive reloads and restarts of the server.

use std::path::{Path, PathBuf};

use ginflix_tests::browser::{Browser, Tab};
use ginflix_tests::http::{noise, sha256};
use ginflix_tests::media_files;
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::Server;
use serde_json::json;

use super::{PLAYBACK_TIMEOUT, log_in};

/// Writes a file of this size that begins as a real MP4, and returns its path and SHA-256 digest.
fn write_long_file(folder: &Path, name: &str, mebibytes: usize) -> (PathBuf, String) {
    let mut bytes = std::fs::read(media_files::three_seconds()).unwrap();
    bytes.extend(noise((mebibytes << 20) - bytes.len(), 1));
    let path = folder.join(name);
    std::fs::write(&path, &bytes).unwrap();
    (path, sha256(&bytes))
}

/// A JavaScript expression: the only row of the list of uploads.
const UPLOAD_ROW: &str = "document.querySelector('.upload')";

/// Waits until the upload is in this state, as its row shows it.
async fn wait_for_upload_state(tab: &Tab, state: &str) {
    let expression = format!("{UPLOAD_ROW}.dataset.mood === '{state}'");
    tab.wait_for_within(&expression, PLAYBACK_TIMEOUT).await;
}

/// Waits until more than this fraction of the upload is done, as its row shows it.
async fn wait_for_progress(tab: &Tab, fraction: f64) {
    tab.wait_for(&format!("{UPLOAD_ROW}.querySelector('progress').value > {fraction}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_resumes_after_a_reload_and_after_a_kill_of_the_server() {
    const MIB: u64 = 1 << 20;
    let mut server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let (file, sha256) = write_long_file(folder.path(), "Long film.mp4", 24);
    let other = folder.path().join("other.mp4");
    std::fs::copy(media_files::three_seconds(), &other).unwrap();

    let proxy = Proxy::start(server.address(), ProxyMode::Forward);
    let page = proxy.url("/admin/media");
    let browser = Browser::launch().await;
    let tab = browser.open(&page).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    proxy.hold_patches_after(8 * MIB);
    tab.choose_files("#upload-files", &[&file]).await;
    wait_for_progress(&tab, 0.2).await;
    save_screenshots(&tab, "sending").await;

    tab.goto(&page).await;
    tab.wait_for(&format!("{UPLOAD_ROW}.textContent.includes('Choose Long film.mp4 again')")).await;
    let progress = tab.eval(&format!("{UPLOAD_ROW}.querySelector('progress').value")).await;
    assert!(progress.as_f64().unwrap() > 0.0, "the page does not show the offset of the server");
    save_screenshots(&tab, "reloaded").await;
    assert!(server.media("Long film.mp4").await.is_none());
    proxy.release();
    proxy.hold_patches_after(8 * MIB);
    tab.choose_files("#upload-files", &[&file]).await;
    wait_for_progress(&tab, 0.5).await;

    server.kill();
    proxy.release();
    wait_for_upload_state(&tab, "waiting").await;
    save_screenshots(&tab, "away").await;
    server.start_again();
    proxy.set_upstream(server.address());
    wait_for_upload_state(&tab, "done").await;
    save_screenshots(&tab, "done").await;
    assert!(server.media("Long film.mp4").await.unwrap().has_sha256(&sha256));
    let sent = proxy.client_bytes();
    assert!(sent < 36 * MIB, "{sent} bytes were sent for 24 MiB");

    tab.goto(&page).await;
    tab.wait_for("document.querySelector('tr[data-media=\"Long film.mp4\"]')").await;
    assert_eq!(
        tab.eval(&format!("{UPLOAD_ROW} === null")).await,
        json!(true),
        "a complete upload is listed again"
    );
    // The browser also logs the requests that failed while the server was down.
    let thrown = tab.errors().into_iter().filter(|error| error.starts_with("thrown"));
    assert_eq!(thrown.count(), 0, "{:?}", tab.errors());
    browser.close().await;
}

/// Drops a file of the browser's private file system on the page, together with a handle to it, as
/// dropping a file from a folder does.
const DROP_SCRIPT: &str = "(async () => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('Kept film.mp4', { create: true });
    const writable = await handle.createWritable();
    const head = await (await fetch('/stream/head.mp4')).arrayBuffer();
    await writable.write(head);
    await writable.write(new Uint8Array(20 * 1024 * 1024 - head.byteLength).fill(7));
    await writable.close();
    const file = await handle.getFile();
    const event = new Event('drop', { bubbles: true, cancelable: true });
    event.dataTransfer = { items: [
        { kind: 'file', getAsFile: () => file, getAsFileSystemHandle: async () => handle },
    ] };
    document.getElementById('drop').dispatchEvent(event);
})()";

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_a_file_that_the_browser_can_reopen_resumes_by_itself() {
    let server = Server::start();
    server.put_media("head.mp4", std::fs::read(media_files::three_seconds()).unwrap()).await;
    let proxy = Proxy::start(server.address(), ProxyMode::Forward);
    let page = proxy.url("/admin/media");
    let browser = Browser::launch().await;
    let tab = browser.open(&page).await;
    tab.accept_dialogs().await;
    log_in(&tab).await;
    proxy.hold_patches_after(6 << 20);
    tab.eval(DROP_SCRIPT).await;
    wait_for_progress(&tab, 0.2).await;
    tab.click(".upload-actions button").await;
    tab.wait_for(&format!("{UPLOAD_ROW}.textContent.includes('Paused at')")).await;
    save_screenshots(&tab, "paused").await;

    tab.goto(&page).await;
    proxy.release();
    wait_for_upload_state(&tab, "done").await;
    let media = server.media("Kept film.mp4").await.unwrap();
    assert_eq!(media.size_bytes, 20 << 20);
    tab.assert_no_errors();
    browser.close().await;
}

/// Saves screenshots of the page to the folder that `GINFLIX_TEST_PICTURES` names, if it is set.
async fn save_screenshots(tab: &Tab, name: &str) {
    let Some(folder) = std::env::var_os("GINFLIX_TEST_PICTURES") else { return };
    for (width, scheme) in [(360, "light"), (360, "dark"), (1920, "light"), (1920, "dark")] {
        tab.emulate_screen(width, scheme).await;
        let path = Path::new(&folder).join(format!("{name}-{width}-{scheme}.png"));
        std::fs::write(path, tab.screenshot().await).unwrap();
    }
}

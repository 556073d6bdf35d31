//! Tests with an error or a power cut at every step that changes the disk: afterwards the old file
//! or the new one is complete, and the upload can be resumed.

use std::sync::atomic::Ordering;

use super::super::failpoints::Failpoint;
use super::super::files::{part_path, record_name};
use super::super::record::UploadRecord;
use super::super::*;
use super::rig::{LIMITS, Rig, append_at, body, sample_data, sha256, single_append, spec};

const OLD: &[u8] = b"the old file";

const STEPS: [Failpoint; 6] = [
    Failpoint::SaveRecord,
    Failpoint::WriteChunk,
    Failpoint::SyncContent,
    Failpoint::Rename,
    Failpoint::SyncDirs,
    Failpoint::SaveInfo,
];

/// Replaces the old file in three requests, or resumes that. Nothing that the server reported as
/// durable may be lost.
async fn replace_in_three_requests(
    rig: &Rig,
    upload: &mut Option<UploadStatus>,
    data: &[u8],
) -> Result<(), UploadError> {
    let status = match upload {
        Some(reported) => {
            let status = rig.uploads.status(reported.id).await?;
            assert!(status.offset >= reported.offset, "{status:?} after {reported:?}");
            status
        }
        None => rig.uploads.create(UploadSpec { replace: true, ..spec(data) }).await?,
    };
    *upload = Some(status.clone());
    let mut offset = status.offset as usize;
    while offset < data.len() {
        let end = data.len().min(offset + data.len() / 3 + 1);
        let append = append_at(offset);
        let status = rig.uploads.append(status.id, append, body(&data[offset..end])).await?;
        offset = status.offset as usize;
        *upload = Some(status);
    }
    Ok(())
}

async fn rig_with_old() -> Rig {
    let rig = Rig::new();
    let id = rig.uploads.create(spec(OLD)).await.unwrap().id;
    rig.send(id, 0, OLD).await.unwrap();
    rig
}

fn assert_old_or_new(rig: &Rig, data: &[u8], when: &str) {
    let (content, _) = rig.visible("film.mp4").unwrap();
    assert!(content == OLD || content == data, "{when}");
}

fn assert_new(rig: &Rig, data: &[u8], when: &str) {
    let (content, recorded) = rig.visible("film.mp4").unwrap();
    assert_eq!((sha256(&content), recorded), (sha256(data), Some(sha256(data))), "{when}");
    let stray = std::fs::read_dir(rig.volume.uploads_dir()).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_none_or(|extension| extension != "json")
    });
    assert_eq!(stray.count(), 0, "{when}");
}

#[tokio::test]
async fn after_a_power_cut_at_any_step_the_upload_is_resumed() {
    let data = sample_data(9_000);
    for step in STEPS {
        for times in 0.. {
            let rig = rig_with_old().await;
            rig.failpoints.cut_power(step, times);
            let mut upload = None;
            let cut = replace_in_three_requests(&rig, &mut upload, &data).await;
            if !rig.failpoints.has_fired() {
                assert!(cut.is_ok() && times > 0, "{step:?} is never taken");
                break;
            }
            let when = format!("power cut at {step:?}, number {times}");
            assert_old_or_new(&rig, &data, &when);
            let rig = rig.restart();
            assert_old_or_new(&rig, &data, &when);
            rig.uploads.maintain_uploads().await;
            replace_in_three_requests(&rig, &mut upload, &data).await.expect(&when);
            assert_new(&rig, &data, &when);
        }
    }
}

#[tokio::test]
async fn after_an_error_at_any_step_the_upload_is_resumed() {
    let data = sample_data(9_000);
    for step in STEPS {
        for times in 0.. {
            let rig = rig_with_old().await;
            rig.failpoints.fail(step, times);
            let mut upload = None;
            let failed = replace_in_three_requests(&rig, &mut upload, &data).await;
            if !rig.failpoints.has_fired() {
                assert!(failed.is_ok() && times > 0, "{step:?} is never taken");
                break;
            }
            let when = format!("error at {step:?}, number {times}");
            assert_old_or_new(&rig, &data, &when);
            replace_in_three_requests(&rig, &mut upload, &data).await.expect(&when);
            assert_new(&rig, &data, &when);
        }
    }
}

/// Replaces the old file in a single request.
async fn replace_in_one_request(rig: &Rig, data: &[u8]) -> Result<UploadStatus, UploadError> {
    let spec = UploadSpec { replace: true, ..spec(data) };
    Ok(rig.uploads.store_in_one_request(spec, single_append(data), body(data)).await?.0)
}

#[tokio::test]
async fn after_any_failure_a_single_request_leaves_the_old_file_or_the_new_one() {
    let data = sample_data(9_000);
    // A single request saves no record.
    for step in STEPS.into_iter().filter(|step| *step != Failpoint::SaveRecord) {
        for (is_power_cut, times) in (0..).flat_map(|times| [(true, times), (false, times)]) {
            let rig = rig_with_old().await;
            if is_power_cut {
                rig.failpoints.cut_power(step, times)
            } else {
                rig.failpoints.fail(step, times)
            }
            let sent = replace_in_one_request(&rig, &data).await;
            if !rig.failpoints.has_fired() {
                assert!(sent.is_ok() && times > 0, "{step:?} is never taken");
                break;
            }
            let when = format!("power cut ({is_power_cut}) or error at {step:?}, number {times}");
            assert_old_or_new(&rig, &data, &when);
            let rig = if is_power_cut { rig.restart() } else { rig };
            assert_old_or_new(&rig, &data, &when);
            if sent.is_ok() {
                assert_new(&rig, &data, &when);
            }
            replace_in_one_request(&rig, &data).await.expect(&when);
            assert_new(&rig, &data, &when);
        }
    }
}

#[tokio::test]
async fn a_single_request_is_recorded_once_the_catalogue_is_available() {
    let data = sample_data(9_000);
    let send = async |rig: &Rig| {
        rig.uploads
            .store_in_one_request(spec(&data), single_append(&data), body(&data))
            .await
            .map(|sent| sent.0)
    };
    for is_repeated in [false, true] {
        let rig = Rig::new();
        rig.registry.is_unavailable.store(true, Ordering::Relaxed);
        let refused = send(&rig).await.unwrap_err();
        assert!(matches!(refused, UploadError::Registry(_)), "{refused}");
        assert_eq!(rig.visible("film.mp4"), Some((data.clone(), None)));
        let rig = rig.restart();
        rig.registry.is_unavailable.store(false, Ordering::Relaxed);
        if is_repeated {
            // The client repeats its request; its own file is no conflict.
            assert_eq!(send(&rig).await.unwrap().offset, 9_000);
        } else {
            rig.uploads.record_files().await.unwrap();
        }
        assert_new(&rig, &data, "catalogue unavailable");
        let again = send(&rig).await.unwrap_err();
        assert!(matches!(again, UploadError::NameTaken(_)), "{again}");
    }
}

#[tokio::test]
async fn an_upload_is_recorded_once_the_catalogue_is_available() {
    let data = sample_data(9_000);
    for is_restarted in [false, true] {
        let mut rig = rig_with_old().await;
        rig.registry.is_unavailable.store(true, Ordering::Relaxed);
        let mut upload = None;
        let refused = replace_in_three_requests(&rig, &mut upload, &data).await.unwrap_err();
        assert!(matches!(refused, UploadError::Registry(_)));
        assert_eq!(rig.visible("film.mp4").unwrap().1, Some(sha256(OLD)));
        rig.registry.is_unavailable.store(false, Ordering::Relaxed);
        if is_restarted {
            rig = rig.restart();
            rig.uploads.maintain_uploads().await;
        } else {
            rig.uploads.status(upload.unwrap().id).await.unwrap();
        }
        assert_new(&rig, &data, "catalogue unavailable");
    }
}

#[tokio::test]
async fn after_a_power_cut_only_synced_bytes_count() {
    let (rig, data) = (Rig::new(), sample_data(9_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    rig.send(id, 0, &data[..4_000]).await.unwrap();
    let dir = rig.volume.uploads_dir();
    // After a power cut, a file system may show bytes that were never written. The record has the
    // id of an earlier boot.
    let part = std::fs::File::options().write(true).open(part_path(&dir, id)).unwrap();
    part.set_len(7_000).unwrap();
    let path = dir.join(record_name(id));
    let mut record: UploadRecord = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let UploadPhase::Receiving(checkpoint) = &mut record.phase else { panic!("{record:?}") };
    checkpoint.boot = Some("another boot".to_owned());
    std::fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 4_000);
    rig.send(id, 4_000, &data[4_000..]).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

#[tokio::test]
async fn a_start_removes_files_that_belong_to_no_upload() {
    let rig = Rig::new();
    let id = rig.uploads.create(spec(b"goes on")).await.unwrap().id;
    let dir = rig.volume.uploads_dir();
    let lost = rig.uploads.create(spec(b"its content is lost")).await.unwrap().id;
    std::fs::remove_file(part_path(&dir, lost)).unwrap();
    let torn = rig.uploads.create(spec(b"its record is torn")).await.unwrap().id;
    std::fs::write(dir.join(record_name(torn)), "{\"id\":").unwrap();
    std::fs::write(part_path(&dir, Uuid::now_v7()), "no record").unwrap();
    std::fs::write(dir.join(".tmp-abc"), "half a record").unwrap();
    let rig = rig.restart();
    let mut left: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [format!("{id}.json"), format!("{id}.part")]);
    rig.send(id, 0, b"goes on").await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, b"goes on");
}

#[tokio::test]
async fn the_reserve_is_kept_during_an_append() {
    let (rig, data) = (Rig::new(), sample_data(9_000));
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    let Rig { dir, volume, uploads, registry, .. } = rig;
    drop((volume, uploads));
    let tight = UploadLimits { reserve_bytes: u64::MAX / 2, ..LIMITS };
    let rig = Rig::start(dir, registry, tight);
    let refused = rig.send(id, 0, &data).await.unwrap_err();
    assert!(matches!(refused, UploadError::NoSpace { .. }), "{refused}");
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 0);
    rig.send(id, 0, &data).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, data);
}

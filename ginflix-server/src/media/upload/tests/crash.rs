//! Errors and power cuts at every step that changes the disk: afterwards there
//! is the whole old file or the whole new one, and the upload can go on.

use super::super::fault::Step;
use super::super::files::{part_path, record_name};
use super::super::record::Record;
use super::super::*;
use super::{LIMITS, Rig, about, body, film, sha256, whole};

const OLD: &[u8] = b"the old film";

const STEPS: [Step; 6] = [
    Step::SaveRecord,
    Step::WritePiece,
    Step::SyncContent,
    Step::Rename,
    Step::SyncFolders,
    Step::SaveFacts,
];

/// A client that replaces the old film in three requests, or goes on with it:
/// nothing that it was told of may be lost.
async fn client(rig: &Rig, upload: &mut Option<Status>, film: &[u8]) -> Result<(), UploadError> {
    let status = match upload {
        Some(told) => {
            let status = rig.uploads.status(told.id).await?;
            assert!(status.offset >= told.offset, "{status:?} after {told:?}");
            status
        }
        None => rig.uploads.create(NewUpload { replace: true, ..about(film) }).await?,
    };
    *upload = Some(status.clone());
    let mut offset = status.offset as usize;
    while offset < film.len() {
        let end = film.len().min(offset + film.len() / 3 + 1);
        let sent = rig.uploads.append(
            status.id,
            super::tests::from(offset),
            super::tests::body(&film[offset..end]),
        );
        let status = sent.await?;
        offset = status.offset as usize;
        *upload = Some(status);
    }
    Ok(())
}

async fn rig_with_old() -> Rig {
    let rig = Rig::new();
    let id = rig.uploads.create(about(OLD)).await.unwrap().id;
    rig.send(id, 0, OLD).await.unwrap();
    rig
}

fn assert_old_or_new(rig: &Rig, film: &[u8], when: &str) {
    let (content, _) = rig.visible("film.mp4").unwrap();
    assert!(content == OLD || content == film, "{when}");
}

fn assert_new(rig: &Rig, film: &[u8], when: &str) {
    let (content, recorded) = rig.visible("film.mp4").unwrap();
    assert_eq!((sha256(&content), recorded), (sha256(film), Some(sha256(film))), "{when}");
    let stray = std::fs::read_dir(rig.volume.uploads_folder()).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_none_or(|extension| extension != "json")
    });
    assert_eq!(stray.count(), 0, "{when}");
}

#[tokio::test]
async fn a_power_cut_at_any_step_leaves_old_or_new_and_a_restart_goes_on() {
    let film = film(9_000);
    for step in STEPS {
        for times in 0.. {
            let rig = rig_with_old().await;
            rig.faults.cut(step, times);
            let mut upload = None;
            let cut = client(&rig, &mut upload, &film).await;
            if !rig.faults.happened() {
                assert!(cut.is_ok() && times > 0, "{step:?} is never taken");
                break;
            }
            let when = format!("power cut at {step:?}, number {times}");
            assert_old_or_new(&rig, &film, &when);
            let rig = rig.restart();
            assert_old_or_new(&rig, &film, &when);
            rig.uploads.look_after_uploads().await;
            client(&rig, &mut upload, &film).await.expect(&when);
            assert_new(&rig, &film, &when);
        }
    }
}

#[tokio::test]
async fn an_error_at_any_step_leaves_old_or_new_and_the_client_goes_on() {
    let film = film(9_000);
    for step in STEPS {
        for times in 0.. {
            let rig = rig_with_old().await;
            rig.faults.fail(step, times);
            let mut upload = None;
            let failed = client(&rig, &mut upload, &film).await;
            if !rig.faults.happened() {
                assert!(failed.is_ok() && times > 0, "{step:?} is never taken");
                break;
            }
            let when = format!("error at {step:?}, number {times}");
            assert_old_or_new(&rig, &film, &when);
            client(&rig, &mut upload, &film).await.expect(&when);
            assert_new(&rig, &film, &when);
        }
    }
}

/// A client that replaces the old film in one request, or tries it again.
async fn client_of_whole(rig: &Rig, film: &[u8]) -> Result<Status, UploadError> {
    let about = NewUpload { replace: true, ..about(film) };
    Ok(rig.uploads.take_whole(about, whole(film), body(film)).await?.0)
}

#[tokio::test]
async fn whatever_befalls_a_whole_file_leaves_old_or_new_and_nothing_else() {
    let film = film(9_000);
    // It has no record.
    for step in STEPS.into_iter().filter(|step| *step != Step::SaveRecord) {
        for (cuts, times) in (0..).flat_map(|times| [(true, times), (false, times)]) {
            let rig = rig_with_old().await;
            if cuts {
                rig.faults.cut(step, times)
            } else {
                rig.faults.fail(step, times)
            }
            let sent = client_of_whole(&rig, &film).await;
            if !rig.faults.happened() {
                assert!(sent.is_ok() && times > 0, "{step:?} is never taken");
                break;
            }
            let when = format!("power cut ({cuts}) or error at {step:?}, number {times}");
            assert_old_or_new(&rig, &film, &when);
            let rig = if cuts { rig.restart() } else { rig };
            assert_old_or_new(&rig, &film, &when);
            if sent.is_ok() {
                assert_new(&rig, &film, &when);
            }
            client_of_whole(&rig, &film).await.expect(&when);
            assert_new(&rig, &film, &when);
        }
    }
}

#[tokio::test]
async fn a_whole_file_that_the_catalogue_did_not_hear_of_is_recorded_after_all() {
    let film = film(9_000);
    let send = async |rig: &Rig| {
        rig.uploads.take_whole(about(&film), whole(&film), body(&film)).await.map(|sent| sent.0)
    };
    for repeats in [false, true] {
        let rig = Rig::new();
        rig.register.away.store(true, std::sync::atomic::Ordering::Relaxed);
        let refused = send(&rig).await.unwrap_err();
        assert!(matches!(refused, UploadError::Register(_)), "{refused}");
        assert_eq!(rig.visible("film.mp4"), Some((film.clone(), None)));
        let rig = rig.restart();
        rig.register.away.store(false, std::sync::atomic::Ordering::Relaxed);
        if repeats {
            // The client: its own file is no conflict.
            assert_eq!(send(&rig).await.unwrap().offset, 9_000);
        } else {
            rig.uploads.record_files().await.unwrap();
        }
        assert_new(&rig, &film, "catalogue away");
        let again = send(&rig).await.unwrap_err();
        assert!(matches!(again, UploadError::NameTaken(_)), "{again}");
    }
}

#[tokio::test]
async fn a_file_is_recorded_once_the_catalogue_is_back() {
    let film = film(9_000);
    for restarts in [false, true] {
        let mut rig = rig_with_old().await;
        rig.register.away.store(true, std::sync::atomic::Ordering::Relaxed);
        let mut upload = None;
        let refused = client(&rig, &mut upload, &film).await.unwrap_err();
        assert!(matches!(refused, UploadError::Register(_)));
        assert_eq!(rig.visible("film.mp4").unwrap().1, Some(sha256(OLD)));
        rig.register.away.store(false, std::sync::atomic::Ordering::Relaxed);
        if restarts {
            rig = rig.restart();
            rig.uploads.look_after_uploads().await;
        } else {
            rig.uploads.status(upload.unwrap().id).await.unwrap();
        }
        assert_new(&rig, &film, "catalogue away");
    }
}

#[tokio::test]
async fn after_a_power_cut_only_what_was_synced_counts() {
    let (rig, film) = (Rig::new(), film(9_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    rig.send(id, 0, &film[..4_000]).await.unwrap();
    let folder = rig.volume.uploads_folder();
    // What a file system may show after a power cut: a tail that was never
    // written, under a record of the boot before.
    let part = std::fs::File::options().write(true).open(part_path(&folder, id)).unwrap();
    part.set_len(7_000).unwrap();
    let path = folder.join(record_name(id));
    let mut record: Record = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let Phase::Receiving(checkpoint) = &mut record.phase else { panic!("{record:?}") };
    checkpoint.boot = Some("the boot before".to_owned());
    std::fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 4_000);
    rig.send(id, 4_000, &film[4_000..]).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

#[tokio::test]
async fn a_start_clears_away_what_belongs_to_no_upload() {
    let rig = Rig::new();
    let id = rig.uploads.create(about(b"goes on")).await.unwrap().id;
    let folder = rig.volume.uploads_folder();
    let lost = rig.uploads.create(about(b"its content is lost")).await.unwrap().id;
    std::fs::remove_file(part_path(&folder, lost)).unwrap();
    let torn = rig.uploads.create(about(b"its record is torn")).await.unwrap().id;
    std::fs::write(folder.join(record_name(torn)), "{\"id\":").unwrap();
    std::fs::write(part_path(&folder, Uuid::now_v7()), "no record").unwrap();
    std::fs::write(folder.join(".tmp-abc"), "half a record").unwrap();
    let rig = rig.restart();
    let mut left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [format!("{id}.json"), format!("{id}.part")]);
    rig.send(id, 0, b"goes on").await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, b"goes on");
}

#[tokio::test]
async fn the_reserve_is_kept_while_writing_too() {
    let (rig, film) = (Rig::new(), film(9_000));
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    let Rig { dir, volume, uploads, register, .. } = rig;
    drop((volume, uploads));
    let tight = Limits { reserve_bytes: u64::MAX / 2, ..LIMITS };
    let rig = Rig::start(dir, register, tight);
    let refused = rig.send(id, 0, &film).await.unwrap_err();
    assert!(matches!(refused, UploadError::NoSpace { .. }), "{refused}");
    let rig = rig.restart();
    assert_eq!(rig.uploads.status(id).await.unwrap().offset, 0);
    rig.send(id, 0, &film).await.unwrap();
    assert_eq!(rig.visible("film.mp4").unwrap().0, film);
}

//! Property tests: any order of appends, disconnects, wrong offsets and restarts is compared with a
//! model, which is the number of accepted bytes.

use futures_util::stream;
use proptest::prelude::*;

use super::super::*;
use super::rig::{BodyChunk, Rig, append_at, sample_data, spec};

#[derive(Debug, Clone)]
enum ClientStep {
    /// Sends `bytes` bytes at an offset that is wrong by `off_by`.
    Append { off_by: i64, bytes: usize, disconnects: bool },
    /// Asks for the progress.
    GetStatus,
    /// Restarts the server.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<ClientStep>> {
    let append = (prop_oneof![4 => Just(0i64), 1 => -50i64..50], 0usize..900, any::<bool>())
        .prop_map(|(off_by, bytes, disconnects)| ClientStep::Append { off_by, bytes, disconnects });
    prop::collection::vec(
        prop_oneof![5 => append, 1 => Just(ClientStep::GetStatus), 1 => Just(ClientStep::Restart)],
        1..12,
    )
}

async fn check(steps: Vec<ClientStep>) -> Result<(), TestCaseError> {
    let data = sample_data(1_500);
    let mut rig = Rig::new();
    let id = rig.uploads.create(spec(&data)).await.unwrap().id;
    let mut accepted = 0;
    for step in steps {
        match step {
            ClientStep::Append { off_by, bytes, disconnects } => {
                let at = (accepted as i64 + off_by).max(0) as usize;
                let sent: Vec<u8> = (at..at + bytes).map(|i| *data.get(i).unwrap_or(&0)).collect();
                let mut chunks: Vec<BodyChunk> =
                    sent.chunks(256).map(|chunk| Ok(chunk.to_vec().into())).collect();
                if disconnects {
                    chunks.push(Err("connection reset"));
                }
                let result = rig.uploads.append(id, append_at(at), stream::iter(chunks)).await;
                if at != accepted {
                    let refused = matches!(result, Err(UploadError::OffsetMismatch { .. }));
                    prop_assert!(refused);
                } else if accepted == data.len() {
                    prop_assert!(result.is_ok());
                } else if at + bytes > data.len() {
                    let refused = matches!(result, Err(UploadError::TooMuchContent { .. }));
                    prop_assert!(refused);
                } else {
                    accepted += bytes;
                    prop_assert_eq!(result.is_ok(), !disconnects);
                }
            }
            ClientStep::GetStatus => {
                let offset = rig.uploads.status(id).await.unwrap().offset;
                prop_assert_eq!(offset, accepted as u64);
            }
            ClientStep::Restart => rig = rig.restart(),
        }
        if let Some((content, _)) = rig.visible("film.mp4") {
            prop_assert_eq!(accepted, data.len());
            prop_assert_eq!(&content, &data);
        }
    }
    while accepted < data.len() {
        let end = data.len().min(accepted + 400);
        accepted = rig.send(id, accepted, &data[accepted..end]).await.unwrap().offset as usize;
    }
    prop_assert_eq!(rig.uploads.status(id).await.unwrap().offset, data.len() as u64);
    prop_assert_eq!(rig.visible("film.mp4").unwrap().0, data);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_upload_consists_of_the_accepted_bytes(steps in steps()) {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
            .block_on(check(steps))?;
    }
}

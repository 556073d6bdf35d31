//! Any order of appends, breaks, wrong offsets and restarts against a model
//! that is nothing but the bytes that were taken.

use futures_util::stream;
use proptest::prelude::*;

use super::super::*;
use super::{Piece, Rig, about, film, from};

#[derive(Debug, Clone)]
enum Step {
    /// Sends so many bytes, this far from where the upload ends.
    Append { off_by: i64, bytes: usize, breaks: bool },
    /// Asks how far it is.
    Ask,
    /// Another server process.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let append = (prop_oneof![4 => Just(0i64), 1 => -50i64..50], 0usize..900, any::<bool>())
        .prop_map(|(off_by, bytes, breaks)| Step::Append { off_by, bytes, breaks });
    prop::collection::vec(
        prop_oneof![5 => append, 1 => Just(Step::Ask), 1 => Just(Step::Restart)],
        1..12,
    )
}

async fn check(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let film = film(1_500);
    let mut rig = Rig::new();
    let id = rig.uploads.create(about(&film)).await.unwrap().id;
    let mut taken = 0;
    for step in steps {
        match step {
            Step::Append { off_by, bytes, breaks } => {
                let at = (taken as i64 + off_by).max(0) as usize;
                let sent: Vec<u8> = (at..at + bytes).map(|i| *film.get(i).unwrap_or(&0)).collect();
                let mut pieces: Vec<Piece> =
                    sent.chunks(256).map(|piece| Ok(piece.to_vec().into())).collect();
                if breaks {
                    pieces.push(Err("connection reset"));
                }
                let result = rig.uploads.append(id, from(at), stream::iter(pieces)).await;
                if at != taken {
                    let refused = matches!(result, Err(UploadError::OffsetMismatch { .. }));
                    prop_assert!(refused);
                } else if taken == film.len() {
                    prop_assert!(result.is_ok());
                } else if at + bytes > film.len() {
                    let refused = matches!(result, Err(UploadError::TooMuchContent { .. }));
                    prop_assert!(refused);
                } else {
                    taken += bytes;
                    prop_assert_eq!(result.is_ok(), !breaks);
                }
            }
            Step::Ask => {
                let offset = rig.uploads.status(id).await.unwrap().offset;
                prop_assert_eq!(offset, taken as u64);
            }
            Step::Restart => rig = rig.restart(),
        }
        if let Some((content, _)) = rig.visible("film.mp4") {
            prop_assert_eq!(taken, film.len());
            prop_assert_eq!(&content, &film);
        }
    }
    while taken < film.len() {
        let end = film.len().min(taken + 400);
        taken = rig.send(id, taken, &film[taken..end]).await.unwrap().offset as usize;
    }
    prop_assert_eq!(rig.uploads.status(id).await.unwrap().offset, film.len() as u64);
    prop_assert_eq!(rig.visible("film.mp4").unwrap().0, film);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_upload_is_the_bytes_that_were_taken(steps in steps()) {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
            .block_on(check(steps))?;
    }
}

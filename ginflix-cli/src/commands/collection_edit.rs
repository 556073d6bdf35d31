//! `ginflix collection edit`: changes a collection.

use ginflix_api::collection::CollectionPatch;

use super::collection_show;
use super::resolve_collection::find_collection;
use crate::args::CollectionEditArgs;
use crate::connection;
use crate::error::{ExitStatus, Failure, Result};
use crate::global::Global;
use crate::printer::Printer;

pub async fn run(
    args: CollectionEditArgs,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let mut patch = CollectionPatch {
        title: args.title,
        description: args.description,
        parent: args.not_in.then_some(None),
        position: args.position,
    };
    if patch == CollectionPatch::default() && args.parent.is_none() {
        return Err(Failure::new(ExitStatus::Usage, "no change is given")
            .hint("list the flags for changes: ginflix collection edit --help"));
    }
    let client = connection::connect(global).await?;
    let collection = find_collection(&client, &args.collection).await?;
    if let Some(parent) = &args.parent {
        patch.parent = Some(Some(find_collection(&client, parent).await?.id));
    }
    client.edit_collection(collection.id, collection.version, &patch).await?;
    collection_show::print(&client, collection.id, printer).await?;
    Ok(ExitStatus::Done)
}

//! `ginflix collection add`: adds a collection.

use ginflix_api::collection::NewCollection;

use super::collection_show;
use super::resolve_collection::find_collection;
use crate::args::CollectionAddArgs;
use crate::connection;
use crate::error::{ExitStatus, Result};
use crate::global::Global;
use crate::hint::suggested_command_for;
use crate::printer::Printer;

pub async fn run(
    args: CollectionAddArgs,
    global: &Global,
    printer: &Printer,
) -> Result<ExitStatus> {
    let client = connection::connect(global).await?;
    let parent = match &args.parent {
        Some(parent) => Some(find_collection(&client, parent).await?.id),
        None => None,
    };
    let new = NewCollection {
        title: args.title,
        description: args.description.unwrap_or_default(),
        parent,
        position: args.position,
    };
    let added = client.add_collection(&new).await?;
    collection_show::print(&client, added.id, printer).await?;
    let put = suggested_command_for(global, &format!("collection put {} MOVIE...", added.id));
    printer.next_steps(&[(&put, "set its movies")]);
    Ok(ExitStatus::Done)
}

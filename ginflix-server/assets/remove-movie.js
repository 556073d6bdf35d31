// Removing a movie, asked twice and only as it was seen.

import { confirmed } from "./dialog.js";
import { send } from "./http.js";

/** Asks and removes; false where the answer was no, throws Refused. */
export async function removeMovie(id, version, title) {
  const sure = await confirmed({
    title: "Remove this movie?",
    text: `“${title}” leaves the catalogue. Its file stays on the volume, and its views stay in the report.`,
    yes: "Remove",
  });
  if (!sure) return false;
  await send("DELETE", `/api/v1/movies/${id}`, { headers: { "if-match": `"${version}"` } });
  return true;
}

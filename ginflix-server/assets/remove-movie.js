// Removes a movie after a question, and only in the version that the user saw.

import { confirmed } from "./dialog.js";
import { send } from "./http.js";

/** Asks and removes the movie; returns false if the user declines, throws an ApiError. */
export async function removeMovie(id, version, title) {
  const sure = await confirmed({
    title: "Remove this movie?",
    text: `“${title}” is removed from the catalogue. Its file stays on the server, and its views stay in the report.`,
    yes: "Remove",
  });
  if (!sure) return false;
  await send("DELETE", `/api/v1/movies/${id}`, { headers: { "if-match": `"${version}"` } });
  return true;
}

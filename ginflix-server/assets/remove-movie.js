// Removes a movie after a question, and only in the version that the user saw.

import { confirmed } from "./dialog.js";
import { send } from "./http.js";
import { say } from "./say.js";

/** Asks and removes the movie; returns false if the user declines, throws an ApiError. */
export async function removeMovie(id, version, title) {
  const sure = await confirmed({
    title: say("script-remove-movie"),
    text: say("script-remove-movie-text", { title }),
    yes: say("script-remove"),
  });
  if (!sure) return false;
  await send("DELETE", `/api/v1/movies/${id}`, { headers: { "if-match": `"${version}"` } });
  return true;
}

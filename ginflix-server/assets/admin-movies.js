// The list of movies for administrators: removes movies.

import { showError, toast } from "./dialog.js";
import { removeMovie } from "./remove-movie.js";
import { say } from "./say.js";

const error = document.getElementById("list-error");

for (const button of document.querySelectorAll("[data-remove]")) {
  button.addEventListener("click", async () => {
    const row = button.closest("tr");
    const { movieId, version, title } = row.dataset;
    showError(error, null);
    try {
      if (!(await removeMovie(movieId, version, title))) return;
      row.remove();
      toast(say("script-removed", { name: title }));
    } catch (failure) {
      showError(error, say("script-failure-of", { name: title, message: failure.message }));
    }
  });
}

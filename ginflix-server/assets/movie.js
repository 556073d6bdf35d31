// The page of a movie: sets up the player.

import { countViews } from "./views.js";
import { explainErrors } from "./player-error.js";
import { offerResume } from "./resume.js";
import { shortcuts } from "./shortcuts.js";

const video = document.getElementById("player");
const movieId = video.dataset.movieId;

countViews(video, movieId, () => {
  const element = document.getElementById("views");
  const views = Number(element.dataset.views) + 1;
  element.textContent = `${views.toLocaleString("en")} view${views === 1 ? "" : "s"}`;
});
offerResume(video, movieId);
explainErrors(video);
shortcuts(video);

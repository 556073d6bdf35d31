// A movie's page: puts the parts of the player together.

import { countViews } from "./views.js";
import { explainErrors } from "./player-error.js";
import { offerResume } from "./resume.js";
import { shortcuts } from "./shortcuts.js";

const video = document.getElementById("player");
const movieId = video.dataset.movieId;

countViews(video, movieId, (counted) => {
  const place = document.getElementById("views");
  if (!counted) return;
  const views = Number(place.dataset.views) + 1;
  place.textContent = `${views.toLocaleString("en")} view${views === 1 ? "" : "s"}`;
});
offerResume(video, movieId);
explainErrors(video);
shortcuts(video);

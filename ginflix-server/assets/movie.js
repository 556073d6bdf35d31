// The page of a movie: sets up the player, and counts views.

import { countViews } from "./views.js";
import { say } from "./say.js";
import { setUpPlayer } from "./player-page.js";

const { video, playedRanges } = setUpPlayer();
countViews(video, video.dataset.movieId, playedRanges, () => {
  const element = document.getElementById("views");
  element.textContent = say("player-views", { count: Number(element.dataset.views) + 1 });
});

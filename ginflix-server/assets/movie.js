// The page of a movie: sets up the player, counts views, and has an address to share.

import { countViews, playbacksOf } from "./views.js";
import { offerShare } from "./share.js";
import { say } from "./say.js";
import { setUpPlayer } from "./player-page.js";

const { video, playedRanges } = setUpPlayer();
countViews(video, playbacksOf(video.dataset.movieId), playedRanges, () => {
  const element = document.getElementById("views");
  element.textContent = say("player-views", { count: Number(element.dataset.views) + 1 });
});
offerShare(video);

// The embedded player: sets up the player, and counts views.

import { countViews, playbacksOf } from "./views.js";
import { setUpPlayer } from "./player-page.js";

const { video, playedRanges } = setUpPlayer();
// The page does not show their number.
countViews(video, playbacksOf(video.dataset.movieId), playedRanges, () => {});

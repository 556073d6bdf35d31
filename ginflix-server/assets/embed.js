// The embedded player: sets up the player, and counts views.

import { countViews } from "./views.js";
import { setUpPlayer } from "./player-page.js";

const { video, playedRanges } = setUpPlayer();
// The page does not show their number.
countViews(video, video.dataset.movieId, playedRanges, () => {});

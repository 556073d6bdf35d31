// The page of a signed link: sets up the player, and counts views if the file is that of a movie.

import { countViews, playbacksAt } from "./views.js";
import { setUpPlayer } from "./player-page.js";

const { video, playedRanges } = setUpPlayer();
// The page does not show their number.
if (video.dataset.playbacks) countViews(video, playbacksAt(video.dataset.playbacks), playedRanges, () => {});

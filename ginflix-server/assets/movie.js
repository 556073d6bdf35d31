// The page of a movie: sets up the player.

import { countViews } from "./views.js";
import { explainErrors } from "./player-error.js";
import { followPlayed } from "./played.js";
import { offerAudioTracks } from "./audio-menu.js";
import { offerChapters } from "./chapters.js";
import { offerResume } from "./resume.js";
import { Player } from "./player.js";
import { preferredLanguage, wantedTrack } from "./language.js";
import { offerSubtitles } from "./subtitles.js";
import { shortcuts } from "./shortcuts.js";
import { warnBeforePlaying } from "./playability.js";

const video = document.getElementById("player");
const movieId = video.dataset.movieId;
// Without an inspection of the file, there is nothing to choose.
const options = video.dataset.options ? JSON.parse(video.dataset.options) : null;
const tracks = options?.audio ?? [];
const played = followPlayed(video);
const player = new Player(video, options, played.keep);

countViews(video, movieId, played.ranges, () => {
  const element = document.getElementById("views");
  const views = Number(element.dataset.views) + 1;
  element.textContent = `${views.toLocaleString("en")} view${views === 1 ? "" : "s"}`;
});
offerResume(video, movieId);
explainErrors(video, player);
const chapters = offerChapters(video);
let nextTrack = null;
let toggleSubtitles = null;
shortcuts(video, {
  c: () => (toggleSubtitles ? toggleSubtitles() : "No subtitles"),
  ...(tracks.length > 1 && { a: () => nextTrack?.() }),
  ...(chapters && { n: chapters.next, p: chapters.previous }),
});

const choice = await player.start(wantedTrack(tracks, preferredLanguage()));
nextTrack = offerAudioTracks(player, tracks);
if (options) warnBeforePlaying(video, options, choice);
const audioLanguage = tracks[choice.audio]?.language;
toggleSubtitles = await offerSubtitles(video, { method: choice.method, audioLanguage });

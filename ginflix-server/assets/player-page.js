// Sets up the player of a page: what the pages of movies and of signed links have in common.

import { explainErrors } from "./player-error.js";
import { followPlayed } from "./played.js";
import { followPointer } from "./pointer.js";
import { joinMediaSession } from "./media-session.js";
import { offerAudioTracks } from "./audio-menu.js";
import { offerChapters } from "./chapters.js";
import { offerControls } from "./controls.js";
import { offerFullScreen } from "./full-screen.js";
import { offerPreview } from "./preview.js";
import { offerResume } from "./resume.js";
import { offerSeekBar } from "./seek-bar.js";
import { offerSubtitles } from "./subtitles.js";
import { offerUpNext } from "./up-next.js";
import { offerVolume } from "./volume.js";
import { Player } from "./player.js";
import { preferredLanguage, wantedTrack } from "./language.js";
import { say } from "./say.js";
import { shortcuts } from "./shortcuts.js";
import { startFromAddress } from "./start.js";
import { stepPicture } from "./actions.js";
import { surroundPoster } from "./screen-art.js";
import { warnBeforePlaying } from "./playability.js";

/** Sets up the player of this page. Returns the video, and a function for the ranges that were played. */
export function setUpPlayer() {
  const screen = document.getElementById("screen");
  const video = document.getElementById("player");
  const { movieId } = video.dataset;
  // Without an inspection of the file, there is nothing to choose.
  const options = video.dataset.options ? JSON.parse(video.dataset.options) : null;
  const tracks = options?.audio ?? [];
  const played = followPlayed(video);
  const player = new Player(video, options, played.keep);

  surroundPoster(screen, video);
  const panels = offerControls(video);
  offerVolume(video);
  const toggleFullScreen = offerFullScreen(screen, video);
  followPointer(screen, video, { panels, toggleFullScreen });
  const chapters = offerChapters(video, () => panels.close({ returnsFocus: true }));
  offerSeekBar(video, { chapterAt: chapters?.titleAt ?? (() => null), onPoint: offerPreview(video, options) });
  offerResume(video, movieId, startFromAddress(video));
  explainErrors(video, player);
  const next = offerUpNext(video);
  const previousLink = document.querySelector("link[rel=prev]");
  const previous = previousLink && (() => location.assign(previousLink.href));
  joinMediaSession(video, { title: video.ariaLabel, previous, next });

  let nextTrack = null;
  let toggleSubtitles = null;
  const frameRate = options?.video?.frame_rate;
  shortcuts(video, {
    f: () => toggleFullScreen?.(),
    c: () => (toggleSubtitles ? toggleSubtitles() : say("script-no-subtitles")),
    ",": () => stepPicture(video, -1, frameRate),
    ".": () => stepPicture(video, 1, frameRate),
    n: () => (next ? next() : say("script-no-next-movie")),
    p: () => (previous ? previous() : say("script-no-previous-movie")),
    ...(tracks.length > 1 && { a: () => nextTrack?.() }),
    ...(chapters && { "shift+n": chapters.next, "shift+p": chapters.previous }),
  });

  const start = async () => {
    const choice = await player.start(wantedTrack(tracks, preferredLanguage()));
    nextTrack = offerAudioTracks(player, tracks);
    if (options) warnBeforePlaying(video, options, choice);
    const audioLanguage = tracks[choice.audio]?.language;
    toggleSubtitles = await offerSubtitles(video, { audioLanguage });
  };
  start();
  return { video, playedRanges: played.ranges };
}

// The poster, blurred, around the poster: posters are tall, and the frame is wide.

/** Shows it until the movie starts, when the browser takes the poster away too. */
export function surroundPoster(screen, video) {
  if (!screen.querySelector(".screen-art")) return;
  screen.classList.add("unstarted");
  const start = () => screen.classList.remove("unstarted");
  for (const event of ["play", "seeking"]) video.addEventListener(event, start, { once: true });
}

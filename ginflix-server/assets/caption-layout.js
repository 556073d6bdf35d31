// Where cues of subtitles are on the picture (WebVTT, section 7.2), simplified: a cue without a line is at the bottom, one
// above the other, and others are where they say. All functions are pure.

/** The lines of text that the picture has, from which numbers of lines count. */
const LINES = 18;
/** The part of the picture, in percent, that stays free at each edge. */
const MARGIN = 3;

/**
 * Returns `{ stacked, top, left, width, align, anchor }` in percent of the picture. A stacked cue has no `top`. `anchor` is the edge
 * of the box that is at `top`: "top", "center" or "bottom".
 */
export function layout({ line, snapToLines, lineAlign, position, positionAlign, size, align }) {
  const across = horizontal(position, positionAlign, size, align);
  if (line === "auto" || line === undefined) return { stacked: true, ...across };
  if (!snapToLines) return { stacked: false, top: clamp(line), anchor: anchorOf(lineAlign), ...across };
  const room = 100 - 2 * MARGIN;
  // Negative numbers count from the bottom: -1 is the last line.
  if (line < 0) return { stacked: false, top: clamp(100 - MARGIN + ((line + 1) * room) / LINES), anchor: "bottom", ...across };
  return { stacked: false, top: clamp(MARGIN + (line * room) / LINES), anchor: "top", ...across };
}

function horizontal(position, positionAlign, size, align) {
  const textAlign = { start: "start", end: "end", left: "left", right: "right" }[align] ?? "center";
  const at = typeof position === "number" ? position : { left: 0, start: 0, right: 100, end: 100 }[align] ?? 50;
  const side = sideOf(positionAlign, align);
  const room = { left: 100 - at, right: at, center: 2 * Math.min(at, 100 - at) }[side];
  const width = Math.max(1, Math.min(size ?? 100, room));
  const left = { left: at, right: at - width, center: at - width / 2 }[side];
  return { left: clamp(left), width, align: textAlign };
}

function sideOf(positionAlign, align) {
  if (positionAlign === "line-left") return "left";
  if (positionAlign === "line-right") return "right";
  if (positionAlign === "center") return "center";
  return { left: "left", start: "left", right: "right", end: "right" }[align] ?? "center";
}

function anchorOf(lineAlign) {
  return { center: "center", end: "bottom" }[lineAlign] ?? "top";
}

function clamp(percent) {
  return Math.min(100, Math.max(0, percent));
}

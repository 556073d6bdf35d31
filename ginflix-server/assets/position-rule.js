// What counts as the beginning and as the end of a movie. The server has the same rule: catalog/watch_rules.rs.

/** A position within the first or last seconds is no place to continue from. */
const EDGE_SECONDS = 15;
/** The part of a movie at its end that counts as the end, if that is longer: credits. */
const CREDITS_SHARE = 0.03;
/** In a short movie, the beginning and the end are at most this part of it each. */
const EDGE_SHARE_LIMIT = 0.25;

/** Returns the part of a movie that a position is in: "beginning", "middle" or "end". */
export function partOf(at, of) {
  const shortEdge = of * EDGE_SHARE_LIMIT;
  if (at > of - Math.min(Math.max(EDGE_SECONDS, of * CREDITS_SHARE), shortEdge)) return "end";
  return at < Math.min(EDGE_SECONDS, shortEdge) ? "beginning" : "middle";
}

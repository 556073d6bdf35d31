// Whether the server sends the file of a movie: the reason of a failure, which browsers do not tell.

/** Milliseconds that a request may take. */
const REQUEST_TIMEOUT_MS = 8000;

/**
 * Asks the server for the file. Returns null if it would send it, else "gone", "denied", "expired", "server" or "network".
 */
export async function obstacle(url) {
  try {
    const { status, ok } = await fetch(url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    if (status === 404) return "gone";
    if (status === 401 || status === 403) return "denied";
    // The page's signed link has expired.
    if (status === 410) return "expired";
    return ok ? null : "server";
  } catch {
    return "network";
  }
}

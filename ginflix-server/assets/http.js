// Requests to the API, and messages for people when one fails.

/** Messages that replace the server's, which are worded for programs, by error code. */
const MESSAGES = {
  unauthenticated: "Your session has ended. Log in again in another tab, then try once more here.",
  precondition_failed: "Somebody else has changed this in the meantime. Reload the page to see it as it is now.",
};

/** Names of header fields and other parts of a request, with which messages of the server may begin. */
const REQUEST_PARTS = /^(?:(?:[A-Z][A-Za-z]*(?:-[A-Za-z0-9]+)+|ginflix-file-sha256|filename|body|query): )+/;

/**
 * A failed request. `message` is for people; `code` and `status` are for programs, and
 * `serverMessage` is what the server itself says.
 */
export class ApiError extends Error {
  constructor(message, status = 0, code = "unreachable", serverMessage = message) {
    super(message);
    this.status = status;
    this.code = code;
    this.serverMessage = serverMessage;
  }
}

/** Sends a request; returns the response's JSON (null without a body) or throws an ApiError. */
export async function send(method, path, { json, body, headers = {} } = {}) {
  const init = { method, headers: { accept: "application/json", ...headers }, body };
  if (json !== undefined) {
    init.body = JSON.stringify(json);
    init.headers["content-type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError("The server cannot be reached. Check the connection and try again.");
  }
  const text = await response.text().catch(() => "");
  if (!response.ok) throw apiError(response.status, text);
  return text ? JSON.parse(text) : null;
}

/** Parses the body of an error response. */
export function apiError(status, text) {
  try {
    const { error } = JSON.parse(text);
    const serverMessage = sentence(error.message.replace(REQUEST_PARTS, ""));
    const id = status >= 500 && status !== 507 ? ` (request ${error.request_id})` : "";
    return new ApiError((MESSAGES[error.code] ?? serverMessage) + id, status, error.code, serverMessage);
  } catch {
    // The response is not from the server but from a proxy before it.
    return new ApiError(`The server responded with status ${status} and gave no reason. Try again in a moment.`, status, "unknown");
  }
}

/** Adds a capital letter and a full stop. */
function sentence(text) {
  const end = /[.?!]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

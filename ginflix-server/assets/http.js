// Talking to the API, with the server's own words when it refuses.

/** A refusal: `message` is for people, `code` and `status` for programs. */
export class Refused extends Error {
  constructor(message, status = 0, code = "unreachable") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Sends a request; the answer's JSON (null without a body), or throws Refused. */
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
    throw new Refused("The server cannot be reached. Check the connection and try again.");
  }
  const text = await response.text().catch(() => "");
  if (!response.ok) throw refusal(response.status, text);
  return text ? JSON.parse(text) : null;
}

/** The refusal in an answer's body. */
export function refusal(status, text) {
  try {
    const { error } = JSON.parse(text);
    const words = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    const id = status >= 500 && status !== 507 ? ` (request ${error.request_id})` : "";
    return new Refused(`${words}${id}`, status, error.code);
  } catch {
    // A proxy in between answered, not our server.
    return new Refused(`The server answered ${status}, without saying why.`, status, "unknown");
  }
}

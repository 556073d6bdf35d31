// Requests to the API, and messages for people when one fails.

import { say } from "./say.js";

/**
 * Messages for people by error code; those of the server are English, and worded for programs. `detail` is what the server
 * says, where it knows more than the code.
 */
const MESSAGES = {
  checksum_mismatch: () => say("script-error-checksum-mismatch"),
  conflict: (detail) => say("script-error-conflict", { detail }),
  damaged: (detail) => say("script-error-damaged", { detail }),
  forbidden: () => say("script-error-forbidden"),
  gone: () => say("script-error-not-found"),
  in_use: (detail) => say("script-error-in-use", { detail }),
  internal: () => say("script-error-internal"),
  invalid: (detail) => say("script-error-invalid", { detail }),
  locked: () => say("script-error-locked"),
  no_space: (detail) => say("script-error-no-space", { detail }),
  not_found: () => say("script-error-not-found"),
  precondition_failed: () => say("script-error-precondition-failed"),
  too_large: (detail) => say("script-error-too-large", { detail }),
  too_many_requests: () => say("script-error-too-many-requests"),
  too_many_uploads: (detail) => say("script-error-too-many-uploads", { detail }),
  unauthenticated: () => say("script-error-unauthenticated"),
  unavailable: () => say("script-error-unavailable"),
  unsupported_type: (detail) => say("script-error-unsupported-type", { detail }),
};

/** Names of header fields and other parts of a request, with which messages of the server may begin. */
const REQUEST_PARTS = /^(?:(?:[A-Z][A-Za-z]*(?:-[A-Za-z0-9]+)+|ginflix-file-sha256|filename|body|query): )+/;

/**
 * A failed request. `message` is for people; `code` and `status` are for programs.
 */
export class ApiError extends Error {
  constructor(message, status = 0, code = "unreachable") {
    super(message);
    this.status = status;
    this.code = code;
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
    throw new ApiError(say("script-error-unreachable"));
  }
  const text = await response.text().catch(() => "");
  if (!response.ok) throw apiError(response.status, text);
  return text ? JSON.parse(text) : null;
}

/** Parses the body of an error response. */
export function apiError(status, text) {
  try {
    const { error } = JSON.parse(text);
    const detail = sentence(error.message.replace(REQUEST_PARTS, ""));
    const message = MESSAGES[error.code]?.(detail) ?? detail;
    const hasCause = status >= 500 && status !== 507;
    const shown = hasCause ? say("script-error-request", { message, id: error.request_id }) : message;
    return new ApiError(shown, status, error.code);
  } catch {
    // The response is not from the server but from a proxy before it.
    return new ApiError(say("script-error-status", { status: String(status) }), status, "unknown");
  }
}

/** Adds a capital letter and a full stop. */
function sentence(text) {
  const end = /[.?!]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

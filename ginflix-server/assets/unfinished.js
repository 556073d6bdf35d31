// Unfinished uploads, remembered by this browser: after a reload they go on as
// soon as their files are there again.

const STORE = "uploads";

/** The database; null where the browser keeps none, as in some private windows. */
const opened = new Promise((resolve) => {
  try {
    const request = indexedDB.open("ginflix", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "url" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
    request.onblocked = () => resolve(null);
  } catch {
    resolve(null);
  }
});

/** Runs one request; null where there is no database or it refuses. */
async function ask(mode, make) {
  const database = await opened;
  if (!database) return null;
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(STORE, mode);
      const request = make(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result ?? null);
      transaction.onabort = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/**
 * What tells a file and its upload: the upload's `url` on the server, the
 * media `name`, whether it is to `replace`; `fileName`, `size` and `modified`
 * of the file, and its `handle` where the browser gave one.
 */
export async function remember(upload) {
  const kept = await ask("readwrite", (store) => store.put(upload));
  // A handle that cannot be kept must not cost the rest.
  if (kept === null && upload.handle) await remember({ ...upload, handle: null });
}

export async function forget(url) {
  await ask("readwrite", (store) => store.delete(url));
}

export async function all() {
  return (await ask("readonly", (store) => store.getAll())) ?? [];
}

/**
 * Makes this page the only one that deals with an upload, until it is closed;
 * false where another one does already. Without locks the server says so.
 */
export function claim(url) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request(`upload ${url}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    }).catch(() => resolve(true));
  });
}

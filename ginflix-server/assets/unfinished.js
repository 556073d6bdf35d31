// Unfinished uploads, stored in this browser: after a reload they continue as soon as their files
// are available again.

const STORE = "uploads";

/** The database; null if the browser has none, as in some private windows. */
const databaseOpened = new Promise((resolve) => {
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

/** Runs one request; resolves to null if there is no database or the request fails. */
async function run(mode, makeRequest) {
  const database = await databaseOpened;
  if (!database) return null;
  return new Promise((resolve) => {
    try {
      const transaction = database.transaction(STORE, mode);
      const request = makeRequest(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result ?? null);
      transaction.onabort = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/**
 * Stores an upload: its `url` on the server, the media `name` and whether it may `replace` another
 * file; `fileName`, `size` and `modified` of the file, and its `handle` if the browser has one.
 */
export async function remember(upload) {
  const stored = await run("readwrite", (store) => store.put(upload));
  // A browser may be unable to store the handle.
  if (stored === null && upload.handle) await remember({ ...upload, handle: null });
}

/** Deletes an upload. */
export async function forget(url) {
  await run("readwrite", (store) => store.delete(url));
}

/** Returns all stored uploads. */
export async function all() {
  return (await run("readonly", (store) => store.getAll())) ?? [];
}

/**
 * Locks an upload for this page until it is closed; resolves to false if another page has the lock.
 * In browsers without locks, the server rejects concurrent requests.
 */
export function claim(url) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request(`upload ${url}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // The lock is held until this promise settles, which is never: closing the page releases it.
      return lock && new Promise(() => {});
    }).catch(() => resolve(true));
  });
}

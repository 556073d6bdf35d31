// Adding or editing a movie: one form, written through the API.

import { showError } from "./dialog.js";
import { send } from "./http.js";
import { removeMovie } from "./remove-movie.js";

const form = document.getElementById("movie-form");
if (form) start();

function start() {
  const error = document.getElementById("form-error");
  const submit = form.querySelector("[type=submit]");
  const poster = document.getElementById("poster");
  const posterRemove = document.getElementById("poster-remove");

  poster.addEventListener("change", () => preview(poster.files[0]));
  document.getElementById("remove-movie")?.addEventListener("click", remove);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    submit.disabled = true;
    showError(error, null);
    try {
      await save();
      location.assign(`/movies/${form.dataset.movieId}`);
    } catch (refused) {
      const stale = refused.code === "precondition_failed";
      showError(error, stale ? "Somebody else has changed this movie meanwhile. Reload the page to see it as it is now." : refused.message);
      error.focus();
      submit.disabled = false;
    }
  });

  /** The fields first, then the poster; a second try does only what is left. */
  async function save() {
    const { movieId } = form.dataset;
    if (!movieId) {
      const movie = await send("POST", "/api/v1/movies", { json: fields(() => true) });
      form.dataset.movieId = movie.id;
      saved(movie);
      history.replaceState(null, "", `/admin/movies/${movie.id}`);
    } else {
      const changes = fields((field) => field.value !== started.get(field.name));
      if (Object.keys(changes).length) {
        saved(await send("PATCH", `/api/v1/movies/${movieId}`, { json: changes, headers: ifMatch() }));
      }
    }
    await savePoster();
  }

  async function savePoster() {
    const path = `/api/v1/movies/${form.dataset.movieId}/poster`;
    const [file] = poster.files;
    if (file) {
      await send("PUT", path, { body: file, headers: { "content-type": file.type, ...ifMatch() } });
    } else if (posterRemove?.checked) {
      await send("DELETE", path, { headers: ifMatch() });
    }
  }

  function saved(movie) {
    form.dataset.version = movie.version;
    started = values();
  }

  function ifMatch() {
    return { "if-match": `"${form.dataset.version}"` };
  }

  async function remove() {
    try {
      const { movieId, version } = form.dataset;
      if (await removeMovie(movieId, version, form.elements.title.value)) location.assign("/admin");
    } catch (refused) {
      showError(error, refused.message);
    }
  }

  let started = values();

  function values() {
    return new Map([...form.elements].filter((field) => field.name).map((field) => [field.name, field.value]));
  }
}

/** The fields of the API that are wanted, from what is in the form. */
function fields(wanted) {
  const read = {
    title: (text) => text.trim(),
    media: (text) => text,
    year: (text) => (text ? Number(text) : null),
    description: (text) => text.trim(),
    genres: (text) => names(text, /[,\n]/),
    directors: (text) => names(text, "\n"),
    cast: (text) => names(text, "\n"),
  };
  return Object.fromEntries(
    Object.entries(read)
      .filter(([name]) => wanted(form.elements[name]))
      .map(([name, of]) => [name, of(form.elements[name].value)]),
  );
}

function names(text, separator) {
  return text.split(separator).map((name) => name.trim()).filter(Boolean);
}

/** Shows a chosen poster before it is sent. */
function preview(file) {
  const place = document.getElementById("poster-preview");
  let image = place.querySelector("img");
  if (!file) return;
  if (!image) {
    image = new Image();
    place.prepend(image);
  }
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  image.alt = "The chosen poster";
  image.src = URL.createObjectURL(file);
}

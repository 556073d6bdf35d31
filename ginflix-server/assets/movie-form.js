// The form that adds or edits a movie through the API.

import { showError } from "./dialog.js";
import { send } from "./http.js";
import { manageSubtitles } from "./movie-subtitles.js";
import { removeMovie } from "./remove-movie.js";
import { say } from "./say.js";

const form = document.getElementById("movie-form");
if (form) start();

function start() {
  const error = document.getElementById("form-error");
  const submit = form.querySelector("[type=submit]");
  const poster = document.getElementById("poster");
  const posterRemove = document.getElementById("poster-remove");

  if (form.dataset.movieId) manageSubtitles(form.elements.media.value);
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
    } catch (failure) {
      showError(error, failure.message);
      error.focus();
      submit.disabled = false;
    }
  });

  /** Saves the fields, then the poster; another attempt saves only the rest. */
  async function save() {
    const { movieId } = form.dataset;
    if (!movieId) {
      const movie = await send("POST", "/api/v1/movies", { json: fields(() => true) });
      form.dataset.movieId = movie.id;
      setSaved(movie);
      history.replaceState(null, "", `/admin/movies/${movie.id}`);
    } else {
      const changes = fields((field) => field.value !== saved.get(field.name));
      if (Object.keys(changes).length) {
        setSaved(await send("PATCH", `/api/v1/movies/${movieId}`, { json: changes, headers: ifMatch() }));
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

  function setSaved(movie) {
    form.dataset.version = movie.version;
    saved = values();
  }

  function ifMatch() {
    return { "if-match": `"${form.dataset.version}"` };
  }

  async function remove() {
    try {
      const { movieId, version } = form.dataset;
      if (await removeMovie(movieId, version, form.elements.title.value)) location.assign("/admin");
    } catch (failure) {
      showError(error, failure.message);
    }
  }

  let saved = values();

  function values() {
    return new Map([...form.elements].filter((field) => field.name).map((field) => [field.name, field.value]));
  }
}

/** Reads the fields that `isIncluded` accepts from the form, as the API expects them. */
function fields(isIncluded) {
  const parsers = {
    title: (text) => text.trim(),
    media: (text) => text,
    year: (text) => (text ? Number(text) : null),
    description: (text) => text.trim(),
    genres: (text) => names(text, /[,\n]/),
    directors: (text) => names(text, "\n"),
    cast: (text) => names(text, "\n"),
  };
  const result = Object.fromEntries(
    Object.entries(parsers)
      .filter(([name]) => isIncluded(form.elements[name]))
      .map(([name, parse]) => [name, parse(form.elements[name].value)]),
  );
  if (["series", "season", "episode"].some((name) => isIncluded(form.elements[name]))) result.episode = episode();
  return result;
}

/** Reads the place in a series; null if the fields are empty. */
function episode() {
  const { series, season, episode: number } = form.elements;
  const place = {
    series: series.value.trim() || null,
    season: season.value ? Number(season.value) : null,
    number: number.value ? Number(number.value) : null,
  };
  return Object.values(place).every((value) => value === null) ? null : place;
}

function names(text, separator) {
  return text.split(separator).map((name) => name.trim()).filter(Boolean);
}

/** Shows a chosen poster before it is uploaded. */
function preview(file) {
  const container = document.getElementById("poster-preview");
  let image = container.querySelector("img");
  if (!file) return;
  if (!image) {
    image = new Image();
    container.prepend(image);
  }
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  image.alt = say("script-chosen-poster");
  image.src = URL.createObjectURL(file);
}

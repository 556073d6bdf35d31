// Keeps space for the row of movies to continue while the page is laid out first, so that nothing moves when it is filled. This is no
// module, because those run after that.

try {
  if (Object.keys(localStorage).some((key) => key.startsWith("ginflix:position:"))) {
    const row = document.getElementById("continue");
    row.classList.add("filling");
    row.hidden = false;
  }
} catch {
  // Without storage, there is nothing to continue.
}

// Tells the page when the reader's theme has changed: figures are drawn in its colours by the server.

const dark = matchMedia("(prefers-color-scheme: dark)");

export default function ({ setTriggerValue }) {
  const changed = () => setTriggerValue("changed", dark.matches ? "dark" : "light");
  dark.addEventListener("change", changed);
  return () => dark.removeEventListener("change", changed);
}

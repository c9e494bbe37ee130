// Keys that are characters can be switched off, for those whose voice or hand sets them off (WCAG 2.1.4).

const NAME = "memattn:letters"; // in the browser; assets/present.js obeys it, too

let kept = null; // as long as the page is open, where the browser remembers nothing

/** Whether a key is a letter, a digit or a sign. */
export const isCharacter = ({ key }) => key.length === 1 && key !== " ";

export function lettersOn() {
  try {
    return (localStorage.getItem(NAME) ?? kept) !== "off";
  } catch {
    return kept !== "off";
  }
}

export function setLetters(on) {
  kept = on ? "on" : "off";
  try {
    localStorage.setItem(NAME, kept);
  } catch {
    // a page that may not remember
  }
}

// A finger on a slider: what taps it or moves along it is meant for it, a swipe up or down scrolls the page.

const ALONG = 6; // pixels

/**
 * Watch a slider; the answer says whether what it now tells is meant. The browser moves it as soon as it is touched,
 * and cancels the pointer when it takes the finger for a swipe: `undo` is called then, `meant` when it is meant.
 */
export function watchFinger(slider, { meant, undo }) {
  let touch = null; // { x, meant } of the finger that is down, or was cancelled
  const isTouch = (event) => event.pointerType === "touch";
  const settle = () => {
    if (!touch || touch.meant || touch.cancelled) return;
    touch.meant = true;
    meant();
  };
  slider.addEventListener("pointerdown", (event) => {
    touch = isTouch(event) ? { x: event.clientX, meant: false, cancelled: false } : null;
  });
  slider.addEventListener("pointermove", (event) => {
    if (touch && isTouch(event) && Math.abs(event.clientX - touch.x) > ALONG) settle();
  });
  slider.addEventListener("pointerup", settle);
  slider.addEventListener("pointercancel", () => {
    if (!touch) return;
    touch.cancelled = true;
    undo();
  });
  slider.addEventListener("keydown", () => (touch = null));
  return () => !touch || (touch.meant && !touch.cancelled);
}

// What the page and its address are told of a stage.
import { Link, linkShelf } from "./link.js";

const REPORT_MS = 400;

export class Sharing {
  constructor(film) {
    this.film = film;
    this.reported = ""; // the moment that the page was told last
    this.waiting = 0;
    this.link = new Link(
      (event) => film.pointing.press(event),
      () => film.questions.card.asking,
    );
    this.copyAppears = () => this.showCopy(); // what can copy may come to the page after the stage
    window.addEventListener("memattn:link", this.copyAppears);
  }

  /** Another trace has come, which the page believes to stand where it asked for. */
  opened(asked) {
    this.reported ||= momentMark(asked);
    this.reportSoon();
  }

  /** What a link says of the stage: step from 0, phase, and a view that was opened. */
  get moment() {
    const { timeline, clock, panels } = this.film;
    return { ...timeline.momentAt(clock.playhead), view: panels.opened };
  }

  showLink() {
    if (this.film.links) this.link.show(this.moment);
  }

  showCopy() {
    this.film.transport.showCopy(this.film.links && Boolean(linkShelf().copy));
  }

  async copyLink() {
    const told = (await this.link.copy()) ? "Copied" : "Not copied";
    this.film.transport.showCopied(told);
    this.film.say(told);
  }

  reportSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.report(), REPORT_MS);
  }

  /** Tell the page where the reader stands, unless it knows. */
  report() {
    const { moment } = this;
    const mark = momentMark(moment);
    if (this.film.clock.moving || mark === this.reported) return;
    this.reported = mark;
    this.film.outlet.state("moment", { step: moment.k, phase: moment.phase ?? "", view: moment.view });
  }

  close() {
    this.link.close();
    clearTimeout(this.waiting);
    window.removeEventListener("memattn:link", this.copyAppears);
  }
}

const momentMark = ({ k, phase, view }) => `${k}:${phase ?? ""}:${view}`;

// The choice of a time range.
import { QUICK_RANGES, parseTime, rangeTitle, resolveRange, timeText } from "../data/time_range.js";
import { element } from "./element.js";
import { icon } from "./icon.js";
import { attachPopover } from "./popover.js";

/** @typedef {{from: string, to: string}} Choice */

export class TimePicker {
  /** @param {(choice: Choice) => void} choose @param {boolean} utc */
  constructor(choose, utc) {
    this.choose = choose;
    this.utc = utc;
    /** @type {Choice} */
    this.choice = { from: "now-1h", to: "now" };
    this.title = element("span", {});
    this.button = element("button", { type: "button", class: "control time-button" }, icon("clock"), this.title, icon("down"));
    attachPopover(this.button, (close) => this.content(close), { label: "Time range", class: "popover-time" });
  }

  /** @param {Choice} choice */
  show(choice) {
    this.choice = choice;
    this.title.textContent = rangeTitle(choice.from, choice.to, Date.now(), this.utc);
  }

  /** @param {() => void} close */
  content(close) {
    const pick = (/** @type {Choice} */ choice) => {
      close();
      this.choose(choice);
    };
    const quick = QUICK_RANGES.map(([length, title]) => {
      const isCurrent = this.choice.from === `now-${length}` && this.choice.to === "now";
      return element("li", {}, element("button", { type: "button", class: "option", "aria-current": isCurrent ? "true" : null, onclick: () => pick({ from: `now-${length}`, to: "now" }) }, title));
    });
    return [element("ul", { class: "options" }, ...quick), this.form(pick)];
  }

  /** @param {(choice: Choice) => void} pick */
  form(pick) {
    const from = element("input", { type: "text", name: "from", value: this.written(this.choice.from), spellcheck: "false", autocomplete: "off" });
    const to = element("input", { type: "text", name: "to", value: this.written(this.choice.to), spellcheck: "false", autocomplete: "off" });
    const fault = element("p", { class: "fault", role: "alert" });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const choice = { from: this.read(from.value), to: this.read(to.value) };
      if (resolveRange(choice.from, choice.to, Date.now(), this.utc)) pick(choice);
      else fault.textContent = "Write times such as now-3h, now/d or 2026-11-22 14:00, the earlier one first.";
    };
    return element(
      "form",
      { class: "time-form", onsubmit: submit },
      element("label", {}, "From", from),
      element("label", {}, "To", to),
      fault,
      element("button", { type: "submit", class: "primary" }, "Apply"),
      element("p", { class: "hint" }, this.utc ? "Times are UTC." : "Times are of this browser's zone. Drag over a chart to zoom in."),
    );
  }

  /** Milliseconds as a date, everything else as it stands. @param {string} text */
  written(text) {
    return /^\d+$/.test(text) ? timeText(Number(text), this.utc) : text;
  }

  /** @param {string} text */
  read(text) {
    if (text.trim().startsWith("now")) return text.trim();
    const time = parseTime(text, Date.now(), false, this.utc);
    return time === null ? text : String(time);
  }
}

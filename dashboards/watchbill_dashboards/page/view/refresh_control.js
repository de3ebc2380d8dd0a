// Refreshing: now, or every so many seconds while the page is in sight.
import { durationSeconds } from "../data/duration.js";
import { element } from "./element.js";
import { icon } from "./icon.js";

const INTERVALS = ["1s", "5s", "15s", "60s"];

export class RefreshControl {
  /** @param {{now: () => void, tick: () => void, changed: (interval: string) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.interval = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.select = element("select", { class: "control", "aria-label": "Refresh interval", title: "Refresh interval", onchange: () => actions.changed(this.select.value) });
    this.button = element("button", { type: "button", class: "control icon-only", "aria-label": "Refresh now", title: "Refresh now", onclick: () => actions.now() }, icon("refresh"));
    this.element = element("div", { class: "control-pair" }, this.button, this.select);
    document.addEventListener("visibilitychange", () => this.schedule(0));
  }

  /** @param {string} interval a duration; empty for off */
  show(interval) {
    this.interval = durationSeconds(interval) ? interval : "";
    const known = [...new Set([...INTERVALS, ...(this.interval ? [this.interval] : [])])].sort((one, other) => (durationSeconds(one) ?? 0) - (durationSeconds(other) ?? 0));
    this.select.replaceChildren(element("option", { value: "" }, "Off"), ...known.map((one) => element("option", { value: one }, one)));
    this.select.value = this.interval;
  }

  /** The next tick, counted from the end of the last refresh: slow queries are never cut off by the clock. @param {number} [delay] milliseconds */
  schedule(delay = (durationSeconds(this.interval) ?? 0) * 1000) {
    clearTimeout(this.timer);
    if (!this.interval || document.hidden) return;
    this.timer = setTimeout(() => this.actions.tick(), delay);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

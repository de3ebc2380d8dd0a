// What a chart says under the cursor: the time, each series, an exemplar, an annotation.
/** @import uPlot from "../assets/uPlot.esm.js" */
/** @import {Exemplar} from "../data/model.js" */
/** @import {Line, Scene} from "./timeseries.js" */
import { display } from "../data/display.js";
import { timeText } from "../data/time_range.js";
import { exemplarPlaces } from "./chart_overlay.js";
import { element } from "./element.js";

const MOST_ROWS = 18;

export class Tooltip {
  /** @param {Scene} scene */
  constructor(scene) {
    this.scene = scene;
    this.hovered = false;
    this.pinned = false;
    /** @type {uPlot | null} */
    this.chart = null;
    this.box = element("div", { class: "tooltip", hidden: true });
    document.body.append(this.box);
    this.release = (/** @type {Event} */ event) => {
      const isEscape = event instanceof KeyboardEvent && event.key === "Escape";
      const isOutside = event.type === "pointerdown" && !this.box.contains(/** @type {Node} */ (event.target)) && !this.chart?.over.contains(/** @type {Node} */ (event.target));
      if (this.pinned && (isEscape || isOutside)) this.hide();
    };
    document.addEventListener("keydown", this.release);
    document.addEventListener("pointerdown", this.release);
  }

  /** @param {uPlot} chart */
  attach(chart) {
    this.chart = chart;
    chart.over.addEventListener("mouseenter", () => (this.hovered = true));
    chart.over.addEventListener("mouseleave", () => {
      this.hovered = false;
      if (!this.pinned) this.hide();
    });
    chart.over.addEventListener("click", () => this.pin());
  }

  /** A click keeps the tooltip, so that a trace id can be copied. */
  pin() {
    this.pinned = !this.pinned && !this.box.hidden;
    this.box.classList.toggle("tooltip-pinned", this.pinned);
    if (!this.pinned) this.follow();
  }

  hide() {
    this.hovered = false;
    this.pinned = false;
    this.box.hidden = true;
    this.box.classList.remove("tooltip-pinned");
  }

  /** The cursor moved, here or on another chart. */
  follow() {
    const chart = this.chart;
    if (!chart || this.pinned) return;
    const { idx: index, left = -1, top = -1 } = chart.cursor;
    const isOff = !this.hovered || index === null || index === undefined || left < 0 || this.scene.panel.options?.tooltip?.mode === "none";
    this.box.hidden = isOff;
    if (isOff) return;
    const exemplar = nearest(exemplarPlaces(chart, this.scene), left, top);
    this.box.replaceChildren(...this.content(chart, index, top, exemplar));
    this.place(chart, left, top);
  }

  /** @param {uPlot} chart @param {number} index @param {number} top @param {Exemplar | null} exemplar */
  content(chart, index, top, exemplar) {
    const { scene } = this;
    const time = (scene.times[index] ?? 0) * 1000;
    const rows = this.rows(chart, index, top);
    const notes = scene.annotations.filter((note) => Math.abs(chart.valToPos(note.from / 1000, "x") - chart.valToPos(time / 1000, "x")) < 6 || (note.from <= time && note.to >= time));
    return [
      element("div", { class: "tooltip-time" }, timeText(time, scene.utc)),
      element("div", { class: "tooltip-rows" }, ...(rows.length ? rows.slice(0, MOST_ROWS) : [element("div", { class: "tooltip-note" }, "No sample here")])),
      rows.length > MOST_ROWS ? element("div", { class: "tooltip-note" }, `and ${rows.length - MOST_ROWS} more`) : "",
      exemplar ? this.exemplar(exemplar) : "",
      ...notes.slice(0, 4).map((note) => element("div", { class: "tooltip-part" }, element("b", {}, note.title), note.text ? element("div", {}, note.text) : "", note.tags.length ? element("div", { class: "tooltip-note" }, note.tags.join(" · ")) : "")),
    ];
  }

  /** @param {uPlot} chart @param {number} index @param {number} top */
  rows(chart, index, top) {
    const { mode = "multi", sort = "none" } = this.scene.panel.options?.tooltip ?? {};
    const seen = this.scene.lines.flatMap((line, place) => {
      const value = line.raw[index];
      if (!line.shown || typeof value !== "number" || line.field.config.custom?.hideFrom?.tooltip) return [];
      const drawn = chart.data[place + 1]?.[index];
      return [{ line, value, distance: Math.abs(chart.valToPos(drawn ?? value, chart.series[place + 1]?.scale ?? "y") - top) }];
    });
    const closest = seen.reduce((best, one) => (one.distance < (best?.distance ?? Infinity) ? one : best), seen[0]);
    const sorted = sort === "none" ? seen : [...seen].sort((one, other) => (sort === "asc" ? one.value - other.value : other.value - one.value));
    return (mode === "single" ? sorted.filter((one) => one === closest) : sorted).map(({ line, value }) => row(line, value, line === closest?.line));
  }

  /** @param {Exemplar} exemplar */
  exemplar({ value, time, labels, seriesLabels }) {
    const config = this.scene.lines[0]?.field.config ?? {};
    const trace = labels["trace_id"] ?? labels["traceID"] ?? labels["TraceID"];
    const route = Object.entries(seriesLabels).filter(([name]) => !["__name__", "le", "job", "instance", "env", "service"].includes(name)).map(([, text]) => text);
    return element(
      "div",
      { class: "tooltip-part tooltip-exemplar" },
      element("b", {}, `${display(value, { ...config, mappings: [] }).text} in one request`),
      element("div", { class: "tooltip-note" }, [timeText(time, this.scene.utc), ...route].join(" · ")),
      trace ? element("div", {}, "Trace ", element("code", { class: "trace" }, trace)) : "",
      element("div", { class: "tooltip-note tooltip-hint" }, "Click to keep this open."),
    );
  }

  /** @param {uPlot} chart @param {number} left @param {number} top */
  place(chart, left, top) {
    const plot = chart.over.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const x = plot.left + left;
    const beside = x + 18 + width > innerWidth - 8 ? x - 18 - width : x + 18;
    this.box.style.left = `${Math.max(8, Math.min(beside, innerWidth - width - 8))}px`;
    this.box.style.top = `${Math.max(8, Math.min(plot.top + top - 12, innerHeight - height - 8))}px`;
  }

  destroy() {
    document.removeEventListener("keydown", this.release);
    document.removeEventListener("pointerdown", this.release);
    this.box.remove();
  }
}

/** @param {Line} line @param {number} value @param {boolean} isClosest */
function row(line, value, isClosest) {
  const swatch = element("span", { class: "swatch" });
  swatch.style.setProperty("--series", line.color);
  const text = display(value, { ...line.field.config, mappings: [] }).text;
  return element("div", { class: `tooltip-row${isClosest ? " closest" : ""}` }, swatch, element("span", { class: "tooltip-name" }, line.name), element("span", { class: "tooltip-value" }, text));
}

/** @param {{x: number, y: number, exemplar: Exemplar}[]} places @param {number} left @param {number} top */
function nearest(places, left, top) {
  let best = null;
  let distance = 10;
  for (const place of places) {
    const away = Math.hypot(place.x - left, place.y - top);
    if (away < distance) [best, distance] = [place.exemplar, away];
  }
  return best;
}

// The time series panel: a chart, its legend and its tooltip over one set of series.
/** @import {AnnotationMark, Exemplar, Field, PanelData, PanelModel} from "../data/model.js" */
import uPlot from "../assets/uPlot.esm.js";
import { aligned, stacked } from "../data/alignment.js";
import { chartOptions } from "./chart.js";
import { seriesColor } from "./colour.js";
import { element } from "./element.js";
import { legend } from "./legend.js";
import { Tooltip } from "./tooltip.js";

const MOST_SERIES = 60;

/** @typedef {{name: string, field: Field, color: string, shown: boolean, group: string | null, raw: (number | null | undefined)[]}} Line */
/** @typedef {{panel: PanelModel, lines: Line[], exemplars: Exemplar[], annotations: AnnotationMark[], range: {from: number, to: number}, times: number[], utc: boolean}} Scene */
/** @typedef {{utc: boolean, crosshair: number, zoom: (from: number, to: number) => void}} Zone */

export class TimeseriesView {
  /** @param {PanelModel} panel @param {HTMLElement} body @param {Zone} zone */
  constructor(panel, body, zone) {
    this.panel = panel;
    this.body = body;
    this.zone = zone;
    /** @type {Set<string>} */
    this.hidden = new Set();
    /** @type {uPlot | null} */
    this.chart = null;
    this.signature = "";
    this.stage = element("div", { class: "chart", tabindex: 0, role: "img", onkeydown: (/** @type {KeyboardEvent} */ event) => this.step(event), onblur: () => this.tooltip.hide() });
    this.key = element("div", { class: "legend" });
    /** @type {Scene} */
    this.scene = { panel, lines: [], exemplars: [], annotations: [], range: { from: 0, to: 1 }, times: [], utc: zone.utc };
    this.tooltip = new Tooltip(this.scene);
    const side = panel.options?.legend?.placement === "right" ? " legend-right" : "";
    body.replaceChildren(element("div", { class: `timeseries${side}` }, this.stage, this.key));
  }

  /** @param {PanelData} data */
  draw(data) {
    this.data = data;
    const frames = data.frames.filter((frame) => frame.fields[1]?.type === "number" && !frame.fields[1].config.custom?.hideFrom?.viz);
    const kept = frames.slice(0, MOST_SERIES);
    const { times, columns } = aligned(kept, data.range);
    const lines = kept.map((frame, index) => this.line(/** @type {Field} */ (frame.fields[1]), index, columns[index] ?? []));
    Object.assign(this.scene, { lines, times, exemplars: data.exemplars, annotations: data.annotations, range: data.range });
    const percent = lines.some((line) => line.field.config.custom?.stacking?.mode === "percent");
    const drawn = stacked(columns, lines.map((line) => line.group), percent);
    this.stage.setAttribute("aria-label", `${this.panel.title ?? "Chart"}: ${lines.length} series over time`);
    this.key.replaceChildren(...legend(this.scene, (name, alone) => this.toggle(name, alone)), frames.length > MOST_SERIES ? element("p", { class: "note" }, `${MOST_SERIES} of ${frames.length} series drawn.`) : "");
    this.plot(/** @type {uPlot.AlignedData} */ (/** @type {unknown} */ ([times, ...drawn])));
  }

  /** @param {Field} field @param {number} index @param {(number | null | undefined)[]} raw @returns {Line} */
  line(field, index, raw) {
    const stacking = field.config.custom?.stacking;
    const shown = !this.hidden.has(field.name);
    const isStacked = shown && stacking?.mode !== undefined && stacking.mode !== "none";
    return { name: field.name, field, color: seriesColor(field.config, index, field.name), shown, group: isStacked ? (stacking.group ?? "A") : null, raw };
  }

  /** New data into the chart that stands; a new chart when its series changed. @param {uPlot.AlignedData} columns */
  plot(columns) {
    const signature = JSON.stringify(this.scene.lines.map(({ name, color, shown, group, field }) => [name, color, shown, group, field.config]));
    if (this.chart && signature === this.signature) {
      this.chart.setData(columns, false);
      this.chart.batch(() => {
        for (const key of Object.keys(this.chart?.scales ?? {})) if (key !== "x") this.chart?.setScale(key, { min: /** @type {any} */ (null), max: /** @type {any} */ (null) });
        this.chart?.setScale("x", { min: this.scene.range.from / 1000, max: this.scene.range.to / 1000 });
      });
      return;
    }
    this.chart?.destroy();
    this.signature = signature;
    const size = { width: Math.max(60, this.stage.clientWidth), height: Math.max(60, this.stage.clientHeight) };
    this.chart = new uPlot(chartOptions(this.scene, size, this.tooltip, this.zone), columns, this.stage);
    this.tooltip.attach(this.chart);
  }

  /** One click shows a series alone, the next shows all again; with Ctrl or Shift it hides or shows one. @param {string} name @param {boolean} alone */
  toggle(name, alone) {
    const others = this.scene.lines.map((line) => line.name).filter((other) => other !== name);
    if (!alone) this.hidden.has(name) ? this.hidden.delete(name) : this.hidden.add(name);
    else if (others.length && !this.hidden.has(name) && others.every((other) => this.hidden.has(other))) this.hidden.clear();
    else {
      this.hidden = new Set(others);
    }
    if (this.data) this.draw(this.data);
    [...this.key.querySelectorAll("button")].find((button) => button.dataset["series"] === name)?.focus();
  }

  /** Arrow keys walk along the samples. @param {KeyboardEvent} event */
  step(event) {
    const chart = this.chart;
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (event.key === "Escape") this.tooltip.hide();
    if (!chart || !move) return;
    event.preventDefault();
    const last = this.scene.times.length - 1;
    const index = Math.min(last, Math.max(0, (chart.cursor.idx ?? last + 1) + move));
    this.tooltip.hovered = true;
    chart.setCursor({ left: chart.valToPos(this.scene.times[index] ?? 0, "x"), top: chart.over.clientHeight / 2 });
  }

  /** The theme changed, or the size. */
  restyle() {
    this.signature = "";
    if (this.data) this.draw(this.data);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (this.chart && width > 0 && height > 0 && (width !== this.chart.width || height !== this.chart.height)) this.chart.setSize({ width, height });
  }

  destroy() {
    this.chart?.destroy();
    this.chart = null;
    this.tooltip.destroy();
    this.body.replaceChildren();
  }
}

// A chart's legend: each series with its calculated values; a click shows it alone.
/** @import {Line, Scene} from "./timeseries.js" */
import { display } from "../data/display.js";
import { keepsUnit, reduced, reducerTitle } from "../data/reducer.js";
import { element } from "./element.js";

/** @param {Scene} scene @param {(name: string, alone: boolean) => void} toggle @returns {HTMLElement[]} */
export function legend(scene, toggle) {
  const { showLegend = true, displayMode = "list", calcs = [], sortBy, sortDesc } = scene.panel.options?.legend ?? {};
  const lines = scene.lines.filter((line) => !line.field.config.custom?.hideFrom?.legend);
  if (!showLegend || displayMode === "hidden" || !lines.length) return [];
  const sorted = sortBy ? sortedLines(lines, calcs.find((calc) => reducerTitle(calc).toLowerCase() === sortBy.toLowerCase()), sortDesc ?? false) : lines;
  return [displayMode === "table" && calcs.length ? table(sorted, calcs, toggle) : list(sorted, calcs, toggle)];
}

/** @param {Line[]} lines @param {string | undefined} calc @param {boolean} descending */
function sortedLines(lines, calc, descending) {
  /** @param {Line} line */
  const size = (line) => (calc ? (reduced(line.field.values, calc) ?? -Infinity) : 0);
  return [...lines].sort((one, other) => (descending ? size(other) - size(one) : size(one) - size(other)));
}

/** @param {Line} line @param {string} calc */
function calculated(line, calc) {
  const value = reduced(line.field.values, calc);
  return display(value, keepsUnit(calc) ? { ...line.field.config, mappings: [] } : { unit: "none" }).text;
}

/** @param {Line} line @param {(name: string, alone: boolean) => void} toggle */
function entry(line, toggle) {
  const swatch = element("span", { class: `swatch${line.field.config.custom?.lineStyle?.fill === "dash" ? " swatch-dash" : ""}` });
  swatch.style.setProperty("--series", line.color);
  return element(
    "button",
    {
      type: "button",
      class: "legend-entry",
      title: line.name,
      "aria-pressed": String(line.shown),
      "data-series": line.name,
      onclick: (/** @type {MouseEvent} */ event) => toggle(line.name, !(event.ctrlKey || event.metaKey || event.shiftKey)),
    },
    swatch,
    element("span", { class: "legend-name" }, line.name),
  );
}

/** @param {Line[]} lines @param {string[]} calcs @param {(name: string, alone: boolean) => void} toggle */
function table(lines, calcs, toggle) {
  return element(
    "table",
    { class: "legend-table" },
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, element("span", { class: "visually-hidden" }, "Series")), ...calcs.map((calc) => element("th", { scope: "col", class: "right" }, reducerTitle(calc))))),
    element("tbody", {}, ...lines.map((line) => element("tr", {}, element("td", {}, entry(line, toggle)), ...calcs.map((calc) => element("td", { class: "right" }, calculated(line, calc)))))),
  );
}

/** @param {Line[]} lines @param {string[]} calcs @param {(name: string, alone: boolean) => void} toggle */
function list(lines, calcs, toggle) {
  return element(
    "ul",
    { class: "legend-list" },
    ...lines.map((line) => element("li", {}, entry(line, toggle), ...calcs.map((calc) => element("span", { class: "legend-value" }, `${reducerTitle(calc)} `, element("b", {}, calculated(line, calc)))))),
  );
}

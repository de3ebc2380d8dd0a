// The table panel: sorted by a click on a column's head, cells with unit, colour and mark.
/** @import {Cell, Field, Frame, PanelData, PanelModel} from "../data/model.js" */
import { display } from "../data/display.js";
import { rowCount } from "../data/frame.js";
import { filledAddress } from "../data/link.js";
import { colorMeaning } from "../data/threshold.js";
import { sortedFrame } from "../data/transformation.js";
import { cssColor } from "./colour.js";
import { anchor, element } from "./element.js";
import { icon } from "./icon.js";
import { mark } from "./mark.js";

const MOST_ROWS = 500;

export class TableView {
  /** @param {PanelModel} panel @param {HTMLElement} body @param {{utc: boolean, fill: (text: string) => string}} zone */
  constructor(panel, body, zone) {
    this.panel = panel;
    this.body = body;
    this.zone = zone;
    const first = panel.options?.sortBy?.[0];
    this.sort = first ? { name: first.displayName, descending: first.desc ?? false } : null;
  }

  /** @param {PanelData} data */
  draw(data) {
    this.data = data;
    const frame = oneFrame(data.frames);
    const sorted = this.sort ? sortedFrame(frame, this.sort.name, this.sort.descending) : frame;
    const fields = sorted.fields.filter((field) => !field.config.custom?.hidden && !field.config.custom?.hideFrom?.viz);
    const rows = Math.min(rowCount(sorted), MOST_ROWS);
    const table = element(
      "table",
      {},
      this.panel.options?.showHeader !== false && element("thead", {}, element("tr", {}, ...fields.map((field) => this.head(field)))),
      element("tbody", {}, ...Array.from({ length: rows }, (_, row) => element("tr", {}, ...fields.map((field) => this.cell(field, row))))),
    );
    const place = this.body.querySelector(".table-scroll")?.scrollTop ?? 0;
    const focused = this.body.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset["column"] : undefined;
    const scroll = element("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": this.panel.title ?? "Table" }, table);
    this.body.replaceChildren(scroll, rowCount(sorted) > MOST_ROWS ? element("p", { class: "note" }, `The first ${MOST_ROWS} of ${rowCount(sorted)} rows.`) : "");
    scroll.scrollTop = place;
    if (focused) [...scroll.querySelectorAll("button")].find((button) => button.dataset["column"] === focused)?.focus();
  }

  /** @param {Field} field */
  head(field) {
    const active = this.sort?.name === field.name ? this.sort : null;
    const state = active ? (active.descending ? "descending" : "ascending") : "none";
    const button = element("button", { type: "button", class: "sort", "data-column": field.name, onclick: () => this.sortBy(field) }, field.name, active && icon("down"));
    return element("th", { scope: "col", "aria-sort": state, class: `${alignment(field)} ${state}` }, button);
  }

  /** @param {Field} field */
  sortBy(field) {
    const descending = this.sort?.name === field.name ? !this.sort.descending : field.type === "number";
    this.sort = { name: field.name, descending };
    if (this.data) this.draw(this.data);
  }

  /** @param {Field} field @param {number} row */
  cell(field, row) {
    const value = field.values[row] ?? null;
    const shown = display(value, field.config, this.zone);
    const style = field.config.custom?.cellOptions?.type ?? field.config.custom?.displayMode ?? "auto";
    const color = style.startsWith("color") ? cssColor(shown.color) : null;
    const meaning = color ? colorMeaning(shown.color) : null;
    const cell = element("td", { class: `${alignment(field)}${field.type === "string" ? " words" : ""}${color ? ` ${style}` : ""}` }, meaning && meaning !== "good" && mark(meaning), this.content(field, row, value, shown.text));
    if (color) cell.style.setProperty("--state", color);
    return cell;
  }

  /** @param {Field} field @param {number} row @param {Cell} value @param {string} text */
  content(field, row, value, text) {
    const link = field.config.links?.[0];
    if (!link?.url || field.type !== "string") return text;
    const address = this.zone.fill(filledAddress(link.url, { row: field.rows?.[row] ?? {}, labels: field.labels, value }));
    return anchor(address, { title: link.title ?? null }, text);
  }

  resize() {}

  destroy() {
    this.body.replaceChildren();
  }
}

/** @param {Field} field */
function alignment(field) {
  const wanted = field.config.custom?.align;
  return wanted && wanted !== "auto" ? wanted : field.type === "number" ? "right" : "left";
}

/** Several frames as one; each row knows all its cells, for links. @param {Frame[]} frames @returns {Frame} */
function oneFrame(frames) {
  const first = frames[0];
  if (!first) return { refId: "", name: "", fields: [] };
  const isSeries = frames.some((frame) => frame.step !== undefined || frame.fields.length === 2);
  const frame = frames.length > 1 && isSeries ? seriesTable(frames) : first;
  const rows = Array.from({ length: rowCount(frame) }, (_, row) => Object.fromEntries(frame.fields.map((field) => [field.name, field.values[row] ?? null])));
  return { ...frame, fields: frame.fields.map((field) => ({ ...field, rows })) };
}

/** Series without a table format: one row each, with the last value. @param {Frame[]} frames @returns {Frame} */
function seriesTable(frames) {
  const config = frames[0]?.fields[1]?.config ?? {};
  return {
    refId: "",
    name: "",
    fields: [
      { name: "Series", type: "string", values: frames.map((frame) => frame.fields[1]?.name ?? frame.name), labels: {}, config },
      { name: "Value", type: "number", values: frames.map((frame) => frame.fields[1]?.values.at(-1) ?? null), labels: {}, config },
    ],
  };
}

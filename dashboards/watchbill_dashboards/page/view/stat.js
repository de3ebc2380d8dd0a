// The stat panel: one large value per series, with its mark.
/** @import {Field, Frame, PanelData, PanelModel} from "../data/model.js" */
import { display } from "../data/display.js";
import { reduced } from "../data/reducer.js";
import { colorMeaning } from "../data/threshold.js";
import { cssColor } from "./colour.js";
import { element } from "./element.js";
import { mark } from "./mark.js";
import { sparkline } from "./sparkline.js";

/** @typedef {{field: Field, frame: Frame, value: number | string | null}} Tile */

export class StatView {
  /** @param {PanelModel} panel @param {HTMLElement} body @param {{utc: boolean}} zone */
  constructor(panel, body, zone) {
    this.panel = panel;
    this.body = body;
    this.zone = zone;
  }

  /** @param {PanelData} data */
  draw(data) {
    const tiles = this.tiles(data);
    const box = element("div", { class: "stats", "data-count": tiles.length }, ...tiles.map((tile) => this.tile(tile, tiles.length, data)));
    if (this.panel.options?.orientation === "vertical") box.classList.add("stats-vertical");
    this.body.replaceChildren(box);
  }

  /** @param {PanelData} data @returns {Tile[]} */
  tiles({ frames }) {
    const calc = this.panel.options?.reduceOptions?.calcs?.[0] ?? "lastNotNull";
    return frames.flatMap((frame) =>
      frame.fields.filter((field) => field.type === "number").map((field) => ({ field, frame, value: reduced(field.values, calc) })),
    );
  }

  /** @param {Tile} tile @param {number} count @param {PanelData} data */
  tile({ field, frame, value }, count, data) {
    const { colorMode = "value", graphMode = "none", textMode = "auto" } = this.panel.options ?? {};
    const shown = display(value, field.config, this.zone);
    const meaning = colorMode === "none" ? null : colorMeaning(shown.color);
    const withName = textMode === "value_and_name" || textMode === "name" || (textMode === "auto" && count > 1);
    const tile = element(
      "div",
      { class: `stat stat-${colorMode === "none" ? "plain" : colorMode.replace("_solid", "")}` },
      withName && element("div", { class: "stat-name", title: field.name }, field.name),
      textMode !== "name" && element("div", { class: "stat-value" }, shown.text),
      meaning && mark(meaning),
      graphMode === "area" && frame.step !== undefined && sparkline(field.values, frame.fields[0]?.values ?? [], data.range, field.config),
    );
    // The text's length decides its size, so that it fills the tile without being cut.
    tile.style.setProperty("--length", String(Math.max(5, shown.text.length)));
    const color = cssColor(shown.color);
    if (color && colorMode !== "none") tile.style.setProperty("--state", color);
    if (colorMode !== "none" && color && color !== cssColor("text")) tile.classList.add("stat-coloured");
    return tile;
  }

  resize() {}

  destroy() {
    this.body.replaceChildren();
  }
}

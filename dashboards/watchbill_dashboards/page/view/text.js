// The text panel: Markdown as plain elements; HTML is shown as it is written, never run.
/** @import {PanelModel} from "../data/model.js" */
import { element, prose } from "./element.js";

export class TextView {
  /** @param {PanelModel} panel @param {HTMLElement} body @param {{fill: (text: string) => string}} zone */
  constructor(panel, body, zone) {
    this.panel = panel;
    this.body = body;
    this.zone = zone;
  }

  draw() {
    const { content = "", mode = "markdown" } = this.panel.options ?? {};
    const text = this.zone.fill(content);
    this.body.replaceChildren(mode === "markdown" ? prose(text) : element("pre", { class: "prose" }, text));
  }

  resize() {}

  destroy() {
    this.body.replaceChildren();
  }
}

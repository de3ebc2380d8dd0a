// The dashboard's grid: sections under rows that open and close, panels at their places.
/** @import {PanelModel} from "../data/model.js" */
/** @import {Shell} from "./panel.js" */
import { panelWithId, sections } from "../data/section.js";
import { element } from "./element.js";
import { icon } from "./icon.js";
import { Panel } from "./panel.js";

export class Grid {
  /**
   * @param {PanelModel[]} models @param {Shell} shell @param {number | null} alone the one panel to show
   * @param {(panel: Panel) => void} appeared called for a panel that comes into sight and shows old data
   */
  constructor(models, shell, alone, appeared) {
    this.shell = shell;
    /** @type {Panel[]} */
    this.panels = [];
    this.element = element("div", { class: "grid-sections" });
    this.sight = new IntersectionObserver((entries) => this.seen(entries, appeared), { rootMargin: "200px" });
    const only = alone === null ? null : panelWithId(models, alone);
    if (alone !== null && !only) this.element.append(element("p", { class: "page-message" }, `This dashboard has no panel ${alone}; it may have been renamed. All panels are shown.`));
    for (const section of only ? [{ row: null, panels: [only] }] : sections(models)) this.add(section.row, section.panels);
    this.element.classList.toggle("solo", only !== null);
  }

  /** @param {PanelModel | null} row @param {PanelModel[]} models */
  add(row, models) {
    const grid = element("div", { class: "grid" });
    const top = Math.min(...models.map((model) => model.gridPos?.y ?? 0));
    for (const model of models) {
      const panel = new Panel(model, this.shell);
      const { x = 0, y = 0, w = 12, h = 8 } = model.gridPos ?? {};
      panel.element.style.setProperty("--column", `${x + 1} / span ${w}`);
      panel.element.style.setProperty("--row", `${y - top + 1} / span ${h}`);
      panel.element.style.setProperty("--height", String(h));
      panel.element.dataset["width"] = w <= 4 ? "small" : w <= 8 ? "third" : w <= 12 ? "half" : "full";
      grid.append(panel.element);
      this.panels.push(panel);
      this.sight.observe(panel.element);
    }
    this.element.append(row ? this.section(row, grid) : grid);
  }

  /** @param {PanelModel} row @param {HTMLElement} grid */
  section(row, grid) {
    const button = element("button", { type: "button", class: "row-title", "aria-expanded": String(!row.collapsed) }, icon("chevron"), row.title ?? "");
    grid.hidden = Boolean(row.collapsed);
    button.addEventListener("click", () => {
      grid.hidden = !grid.hidden;
      button.setAttribute("aria-expanded", String(!grid.hidden));
    });
    return element("section", { class: "row", "aria-label": row.title ?? "Row" }, element("h2", {}, button), grid);
  }

  /** @param {IntersectionObserverEntry[]} entries @param {(panel: Panel) => void} appeared */
  seen(entries, appeared) {
    for (const entry of entries) {
      const panel = this.panels.find((one) => one.element === entry.target);
      if (!panel) continue;
      panel.visible = entry.isIntersecting;
      if (panel.visible && panel.stale) appeared(panel);
    }
  }

  /** Panels whose row is open. */
  open() {
    return this.panels.filter((panel) => !(/** @type {HTMLElement} */ (panel.element.parentElement).hidden));
  }

  destroy() {
    this.sight.disconnect();
    for (const panel of this.panels) panel.destroy();
    this.element.remove();
  }
}

// One panel: its frame, its state, and the view that draws it.
/** @import {AnnotationMark, PanelData, PanelModel, QueryReport} from "../data/model.js" */
/** @import {Cycle} from "../data/cycle.js" */
import { PanelError, hasSamples, panelData } from "../data/panel_data.js";
import { interpolated } from "../data/variable.js";
import { element } from "./element.js";
import { icon } from "./icon.js";
import { panelMenu } from "./panel_menu.js";
import { StatView } from "./stat.js";
import { TableView } from "./table.js";
import { TextView } from "./text.js";
import { TimeseriesView } from "./timeseries.js";

/** @typedef {{draw: (data: PanelData) => void, resize: () => void, destroy: () => void, restyle?: () => void}} View */
/** What a panel needs of its dashboard.
 * @typedef {{utc: boolean, crosshair: number, zoom: (from: number, to: number) => void, fill: (text: string, format?: string) => string, open: (id: number | null) => void, solo: boolean}} Shell
 */

/** @type {Record<string, new (panel: PanelModel, body: HTMLElement, shell: Shell) => View>} */
const VIEWS = { timeseries: TimeseriesView, graph: TimeseriesView, stat: StatView, table: TableView, text: TextView };

let count = 0;

export class Panel {
  /** @param {PanelModel} model @param {Shell} shell */
  constructor(model, shell) {
    count += 1;
    this.model = model;
    this.shell = shell;
    this.visible = true;
    this.stale = true;
    /** @type {QueryReport[]} */
    this.queries = [];
    /** @type {View | null} */
    this.view = null;
    this.body = element("div", { class: "panel-body" });
    this.message = element("div", { class: "panel-message", hidden: true });
    this.heading = element("h3", { id: `panel-title-${count}` }, model.title ?? "");
    this.element = element(
      "section",
      { class: `panel panel-${model.type}${model.transparent ? " panel-transparent" : ""}`, "data-panel-id": model.id, "data-state": "loading", "aria-labelledby": this.heading.id },
      element("header", {}, this.heading, ...panelMenu(this)),
      this.body,
      this.message,
    );
    this.element.classList.toggle("panel-untitled", !model.title);
    this.resizes = new ResizeObserver(() => this.view?.resize());
    this.resizes.observe(this.body);
  }

  /** @param {Cycle} cycle @param {Promise<AnnotationMark[]>} annotations */
  async refresh(cycle, annotations) {
    this.stale = false;
    this.heading.textContent = interpolated(this.model.title ?? "", cycle.scope(this.model.scopedVariables ?? {}), "text");
    this.element.dataset["busy"] = "";
    try {
      if (!VIEWS[this.model.type]) throw new PanelError(`This page does not draw panels of type "${this.model.type}"; open the dashboard in Grafana.`, []);
      const data = await panelData(this.model, this.body.clientWidth || 600, cycle);
      data.annotations = await annotations;
      cycle.prometheus.signal.throwIfAborted();
      this.show(data);
    } catch (error) {
      if (cycle.prometheus.signal.aborted) {
        this.stale = true;
        return;
      }
      this.fail(error);
    } finally {
      delete this.element.dataset["busy"];
    }
  }

  /** @param {PanelData} data */
  show(data) {
    this.queries = data.queries;
    if (this.model.type !== "text" && !hasSamples(data)) {
      this.say("empty", this.model.fieldConfig?.defaults?.noValue || "No data", this.reason());
      return;
    }
    this.message.hidden = true;
    this.body.hidden = false;
    const View = VIEWS[this.model.type];
    if (!this.view && View) this.view = new View(this.model, this.body, this.shell);
    this.view?.draw(data);
    this.element.dataset["state"] = "data";
  }

  /** @param {unknown} error */
  fail(error) {
    this.queries = error instanceof PanelError ? error.queries : [];
    const title = this.queries.some((query) => query.error) ? "The query failed" : "Cannot be drawn";
    this.say("error", title, error instanceof Error ? error.message : String(error));
  }

  /** Why there is nothing to draw. */
  reason() {
    if (!this.queries.length) return "This panel asks nothing.";
    const found = this.queries.some((query) => query.series > 0);
    return found ? "The answer holds no number, such as a ratio without traffic." : "No series matched what was asked:";
  }

  /** @param {"empty" | "error"} state @param {string} title @param {string} reason */
  say(state, title, reason) {
    this.view?.destroy();
    this.view = null;
    this.body.hidden = true;
    this.message.hidden = false;
    const asked = state === "empty" ? this.queries.map((query) => element("code", { title: query.expr }, query.expr)) : [];
    this.message.replaceChildren(
      element("p", { class: "message-title" }, state === "error" ? icon("warning") : "", title),
      element("p", { class: "message-reason" }, reason),
      ...asked.slice(0, 3),
    );
    this.element.dataset["state"] = state;
  }

  restyle() {
    this.view?.restyle?.();
  }

  destroy() {
    this.resizes.disconnect();
    this.view?.destroy();
  }
}

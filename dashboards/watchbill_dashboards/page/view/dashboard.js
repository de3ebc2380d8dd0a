// One dashboard: its address, its refreshes, its controls.
/** @import {AnnotationMark, DashboardModel, VariableState} from "../data/model.js" */
/** @import {Place} from "../data/address.js" */
/** @import {Panel, Shell} from "./panel.js" */
import { readAddress, timeQuery, writeAddress } from "../data/address.js";
import { annotationMarks } from "../data/annotation.js";
import { Cycle } from "../data/cycle.js";
import { Prometheus } from "../data/prometheus.js";
import { Queue } from "../data/queue.js";
import { panelWithId } from "../data/section.js";
import { resolveRange } from "../data/time_range.js";
import { ALL, interpolated } from "../data/variable.js";
import { variableStates } from "../data/variable_options.js";
import { onThemeChange } from "./colour.js";
import { element } from "./element.js";
import { Grid } from "./grid.js";
import { RefreshControl } from "./refresh_control.js";
import { TimePicker } from "./time_picker.js";
import { variableControls } from "./variable_bar.js";

const TOGETHER = 6;

export class DashboardView {
  /** @param {DashboardModel} model @param {{scrape: number, controls: HTMLElement, main: HTMLElement}} place */
  constructor(model, { scrape, controls, main }) {
    this.model = model;
    this.scrape = scrape;
    this.main = main;
    this.utc = model.timezone === "utc" || new URL(location.href).searchParams.get("timezone") === "utc";
    this.queue = new Queue(TOGETHER);
    this.controller = new AbortController();
    /** @type {Map<string, VariableState>} */
    this.variables = new Map();
    /** @type {Cycle | null} */
    this.cycle = null;
    /** @type {Promise<AnnotationMark[]>} */
    this.annotations = Promise.resolve([]);
    this.picker = new TimePicker(({ from, to }) => this.go({ from, to }), this.utc);
    this.clock = new RefreshControl({
      now: () => this.refresh({ options: true, all: true }),
      tick: () => this.refresh({ options: false, all: false }),
      changed: (refresh) => this.go({ refresh: refresh || "off" }),
    });
    this.bar = element("div", { class: "variables" });
    this.notice = element("p", { class: "page-message", role: "alert", hidden: true });
    controls.replaceChildren(this.picker.button, this.clock.element);
    main.replaceChildren(this.bar, this.notice);
    this.place = this.read();
    addEventListener("popstate", () => this.start());
    onThemeChange(() => this.grid?.panels.forEach((panel) => panel.restyle()));
  }

  /** The address, with the dashboard's own range and refresh where it says nothing. @returns {Place} */
  read() {
    const place = readAddress(new URL(location.href));
    const { time, refresh } = this.model;
    return { ...place, from: place.from || time?.from || "now-1h", to: place.to || time?.to || "now", refresh: place.refresh ?? (typeof refresh === "string" ? refresh : "") };
  }

  /** Builds the grid for the address and draws all its panels. */
  async start() {
    this.place = this.read();
    this.grid?.destroy();
    this.grid = new Grid(this.model.panels ?? [], this.shell(), this.place.viewPanel, (panel) => this.appeared(panel));
    this.main.append(this.grid.element);
    await this.refresh({ options: true, all: true, wanted: this.place.variables });
  }

  /** @returns {Shell} */
  shell() {
    return {
      utc: this.utc,
      crosshair: this.model.graphTooltip ?? 0,
      solo: this.place.viewPanel !== null && panelWithId(this.model.panels ?? [], this.place.viewPanel) !== null,
      zoom: (from, to) => this.go({ from: String(Math.round(from)), to: String(Math.round(to)) }),
      fill: (text, format = "percentencode") => interpolated(text, this.cycle?.scope() ?? { variables: this.variables, texts: {} }, format),
      open: (viewPanel) => {
        history.pushState(null, "", writeAddress({ ...this.place, viewPanel }, this.variables.values()));
        this.start();
      },
    };
  }

  /** A change of time or refresh by the reader. @param {Partial<Place>} change */
  go(change) {
    this.place = { ...this.place, ...change };
    const address = writeAddress(this.place, this.variables.values());
    // The browser's Back undoes a zoom.
    if (change.from === undefined) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    this.refresh({ options: change.from !== undefined, all: true });
  }

  /** @param {string} name @param {string[]} values */
  async choose(name, values) {
    const wanted = new Map([...this.variables].map(([key, state]) => [key, state.all ? [ALL] : state.selected]));
    wanted.set(name, values);
    await this.refresh({ options: true, all: true, wanted });
    const control = [...this.bar.children].find((box) => /** @type {HTMLElement} */ (box).dataset["variable"] === name)?.querySelector(".control");
    if (document.activeElement === document.body) /** @type {HTMLElement | null | undefined} */ (control)?.focus();
  }

  /**
   * A new cycle; whatever the last one still waits for is given up. `options` reads the variables' values again,
   * `all` draws panels out of sight too.
   * @param {{options: boolean, all: boolean, wanted?: Map<string, string[]>}} scope @returns {Promise<void>}
   */
  async refresh({ options, all, wanted }) {
    this.clock.stop();
    this.controller.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    const range = resolveRange(this.place.from, this.place.to, Date.now(), this.utc);
    this.picker.show(this.place);
    this.clock.show(this.place.refresh ?? "");
    if (!range) return this.say(`The time range ${this.place.from} to ${this.place.to} has no length or no meaning; choose another.`);
    const prometheus = new Prometheus(this.queue, signal);
    const texts = { __dashboard: this.model.title, __url_time_range: timeQuery(this.place.from, this.place.to) };
    const cycle = new Cycle({ range, scrape: this.scrape, variables: new Map(this.variables), prometheus, texts, utc: this.utc });
    try {
      await this.run(cycle, { options, all, wanted });
    } catch (error) {
      if (!signal.aborted) this.say(error instanceof Error ? error.message : String(error));
    }
    if (signal.aborted) return;
    document.documentElement.dataset["state"] = "ready";
    if (this.place.to.startsWith("now")) this.clock.schedule();
  }

  /** @param {Cycle} cycle @param {{options: boolean, all: boolean, wanted: Map<string, string[]> | undefined}} scope */
  async run(cycle, { options, all, wanted }) {
    if (options) {
      const chosen = wanted ?? new Map([...this.variables].map(([key, state]) => [key, state.all ? [ALL] : state.selected]));
      cycle.variables = await variableStates(this.model.templating?.list ?? [], chosen, cycle);
      cycle.prometheus.signal.throwIfAborted();
      this.variables = cycle.variables;
      this.bar.replaceChildren(...variableControls(this.variables.values(), (name, values) => this.choose(name, values)));
      history.replaceState(null, "", writeAddress(this.place, this.variables.values()));
    }
    this.cycle = cycle;
    this.annotations = this.marks(cycle);
    const open = this.grid?.open() ?? [];
    for (const panel of this.grid?.panels ?? []) panel.stale = true;
    await Promise.all(open.filter((panel) => all || panel.visible).map((panel) => panel.refresh(cycle, this.annotations)));
  }

  /** @param {Cycle} cycle */
  async marks(cycle) {
    const { marks, errors } = await annotationMarks(this.model.annotations?.list ?? [], cycle).catch(() => ({ marks: [], errors: [] }));
    if (!cycle.prometheus.signal.aborted) this.say(errors.join("\n"));
    return marks;
  }

  /** A panel scrolled into sight, or its row was opened. @param {Panel} panel */
  appeared(panel) {
    if (this.cycle && !this.cycle.prometheus.signal.aborted && document.documentElement.dataset["state"] === "ready") panel.refresh(this.cycle, this.annotations);
  }

  /** @param {string} text nothing hides the notice */
  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}

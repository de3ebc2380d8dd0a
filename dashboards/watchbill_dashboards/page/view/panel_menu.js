// A panel's buttons: what it means, what it asks, where it leads, itself alone.
/** @import {QueryReport} from "../data/model.js" */
/** @import {Panel} from "./panel.js" */
import { durationText } from "../data/duration.js";
import { anchor, element, prose } from "./element.js";
import { icon } from "./icon.js";
import { attachPopover } from "./popover.js";

/** @param {Panel} panel @returns {HTMLElement[]} */
export function panelMenu(panel) {
  const { model, shell } = panel;
  const title = model.title || "panel";
  const buttons = [];
  if (model.description) buttons.push(opener("info", `About ${title}`, () => [prose(shell.fill(model.description ?? "", "text"))]));
  if (model.links?.length) buttons.push(opener("link", `Links of ${title}`, () => links(panel)));
  if (model.targets?.length) buttons.push(opener("query", `Queries of ${title}`, () => queries(panel.queries)));
  if (model.type !== "row") buttons.push(alone(panel, title));
  return [element("div", { class: "panel-buttons" }, ...buttons)];
}

/** @param {"info" | "link" | "query"} name @param {string} label @param {() => import("./element.js").Child[]} content */
function opener(name, label, content) {
  const button = element("button", { type: "button", class: `quiet quiet-${name}`, "aria-label": label, title: label }, icon(name));
  attachPopover(button, content, { label, class: name === "query" ? "popover-wide" : "popover-text" });
  return button;
}

/** @param {Panel} panel @param {string} title */
function alone({ model, shell }, title) {
  const label = shell.solo ? "Back to the dashboard" : `View ${title} alone`;
  return element("button", { type: "button", class: "quiet", "aria-label": label, title: label, onclick: () => shell.open(shell.solo ? null : model.id) }, icon(shell.solo ? "close" : "expand"));
}

/** @param {Panel} panel */
function links({ model, shell }) {
  const items = (model.links ?? []).map((link) => element("li", {}, anchor(shell.fill(link.url ?? "", "percentencode"), {}, link.title || link.url || "Link")));
  return [element("ul", { class: "links" }, ...items)];
}

/** @param {QueryReport[]} reports */
function queries(reports) {
  if (!reports.length) return [element("p", {}, "Nothing was asked yet.")];
  return reports.map((report) =>
    element(
      "div",
      { class: "query" },
      element("div", { class: "query-facts" }, element("b", {}, report.refId), facts(report), anchor(report.address, { target: "_blank" }, "Result as JSON")),
      element("pre", {}, element("code", {}, report.expr)),
      report.error ? element("p", { class: "query-error" }, report.error) : "",
      ...report.warnings.map((warning) => element("p", { class: "query-error" }, warning)),
    ),
  );
}

/** @param {QueryReport} report */
function facts({ step, series, milliseconds }) {
  const parts = [`${series} series`, step === null ? "at one moment" : `a sample every ${durationText(step)}`, `${Math.round(milliseconds)} ms`];
  return element("span", {}, parts.join(" · "));
}

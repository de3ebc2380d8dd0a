// The page's start: which dashboard the address asks for.
/** @import {DashboardModel, DashboardSummary, StackFacts} from "../data/model.js" */
import { readAddress, timeQuery } from "../data/address.js";
import { ownJson } from "../data/prometheus.js";
import { DashboardView } from "./dashboard.js";
import { anchor, element } from "./element.js";
import { showHome } from "./home.js";
import { emblem } from "./icon.js";
import { Watch } from "./watch.js";

const root = document.documentElement;

/** @param {string} title @param {boolean} isHome */
function bar(title, isHome) {
  const controls = element("div", { class: "controls" });
  const links = element("nav", { class: "dashboard-links", "aria-label": "Links of this dashboard" });
  const watch = new Watch();
  const home = element("a", { href: "/", class: "home-link", title: "All dashboards" }, emblem(), element("span", {}, "Watchbill"));
  document.body.prepend(
    element("a", { href: "#main", class: "skip" }, "Skip to the panels"),
    element("header", { class: "bar" }, home, isHome ? "" : element("span", { class: "crumb", "aria-hidden": "true" }, "/"), element("h1", {}, isHome ? "" : title), links, element("div", { class: "bar-end" }, watch.button, controls)),
  );
  document.body.append(watch.drawer);
  watch.poll();
  return { controls, links };
}

/** @param {HTMLElement} main @param {DashboardModel} model */
async function showDashboard(main, model) {
  const facts = /** @type {StackFacts} */ (await ownJson("/api/stack").catch(() => ({})));
  const { controls, links } = bar(model.title, false);
  document.title = `${model.title} · Watchbill`;
  const view = new DashboardView(model, { scrape: facts.scrape_interval_seconds ?? 15, controls, main });
  await view.start();
  const texts = timeQuery(view.place.from, view.place.to);
  for (const link of model.links ?? []) {
    if (link.type === "dashboards" || !link.url) continue;
    links.append(anchor(`${link.url}${link.keepTime ? `${link.url.includes("?") ? "&" : "?"}${texts}` : ""}`, { title: link.tooltip ?? null }, link.title || link.url));
  }
}

async function start() {
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const { uid } = readAddress(new URL(location.href));
  try {
    if (uid) await showDashboard(main, /** @type {DashboardModel} */ (await ownJson(`/api/dashboards/${encodeURIComponent(uid)}`)));
    else {
      bar("", true);
      document.title = "Watchbill";
      showHome(/** @type {DashboardSummary[]} */ (await ownJson("/api/dashboards")), main);
      root.dataset["state"] = "ready";
    }
  } catch (error) {
    if (!document.querySelector(".bar")) bar("", true);
    const reason = error instanceof Error ? error.message : String(error);
    main.replaceChildren(element("div", { class: "page-message", role: "alert" }, element("p", {}, uid ? `The dashboard "${uid}" cannot be shown: ${reason}.` : `The dashboards cannot be listed: ${reason}.`), element("a", { href: "/" }, "All dashboards")));
    root.dataset["state"] = "error";
  }
}

await start();

// The list of dashboards.
/** @import {DashboardSummary} from "../data/model.js" */
import { anchor, element } from "./element.js";

/** @param {DashboardSummary[]} dashboards @param {HTMLElement} main */
export function showHome(dashboards, main) {
  const cards = dashboards.map(({ uid, title, description, tags }) =>
    element(
      "li",
      {},
      anchor(
        `/d/${encodeURIComponent(uid)}`,
        { class: "dashboard-card" },
        element("b", {}, title),
        description ? element("span", {}, description) : "",
        tags?.length ? element("span", { class: "tags" }, ...tags.map((tag) => element("span", { class: "tag" }, tag))) : "",
      ),
    ),
  );
  const empty = element("p", { class: "page-message" }, "There is no dashboard. Build some with: watchbill build STACK -o DIR");
  main.replaceChildren(element("div", { class: "home" }, element("h2", {}, "Dashboards"), cards.length ? element("ul", { class: "dashboard-list" }, ...cards) : empty));
}

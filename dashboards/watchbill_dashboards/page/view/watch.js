// The watch: alerts that fire now, and the notifications that were sent.
/** @import {Alert, Notification} from "../data/model.js" */
import { Prometheus, ownJson } from "../data/prometheus.js";
import { Queue } from "../data/queue.js";
import { agoText, timeText } from "../data/time_range.js";
import { anchor, element } from "./element.js";
import { icon } from "./icon.js";
import { mark, severityMark } from "./mark.js";

const EVERY_MILLISECONDS = 5000;
const RANK = ["critical", "warning"];

export class Watch {
  constructor() {
    this.state = element("span", { class: "watch-state" }, "…");
    this.button = element("button", { type: "button", class: "control watch-button", "aria-expanded": "false", "aria-controls": "watch", onclick: () => this.toggle() }, icon("bell"), this.state);
    this.alerts = element("div", {});
    this.notifications = element("div", {});
    this.drawer = element(
      "aside",
      { id: "watch", class: "watch", hidden: true, "aria-label": "Alerts and notifications", onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.toggle() },
      element("header", {}, element("h2", {}, "Watch"), element("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => this.toggle() }, icon("close"))),
      element("section", {}, element("h3", {}, "Alerts"), this.alerts),
      element("section", {}, element("h3", {}, "Notifications"), this.notifications),
    );
    document.addEventListener("visibilitychange", () => document.hidden || this.poll());
  }

  toggle() {
    this.drawer.hidden = !this.drawer.hidden;
    this.button.setAttribute("aria-expanded", String(!this.drawer.hidden));
    document.documentElement.classList.toggle("watch-open", !this.drawer.hidden);
    if (!this.drawer.hidden) /** @type {HTMLElement | null} */ (this.drawer.querySelector("button"))?.focus();
    else this.button.focus();
  }

  /** Reads both lists, and again every few seconds while the page is in sight. */
  async poll() {
    clearTimeout(this.timer);
    const controller = new AbortController();
    const slow = setTimeout(() => controller.abort(), 2 * EVERY_MILLISECONDS);
    await Promise.all([this.readAlerts(controller.signal), this.readNotifications(controller.signal)]);
    clearTimeout(slow);
    if (!document.hidden) this.timer = setTimeout(() => this.poll(), EVERY_MILLISECONDS);
  }

  /** @param {AbortSignal} signal */
  async readAlerts(signal) {
    try {
      const alerts = await new Prometheus(new Queue(1), signal).alerts();
      this.showAlerts([...alerts].sort((one, other) => rank(one) - rank(other) || (other.activeAt ?? "").localeCompare(one.activeAt ?? "")));
    } catch (error) {
      this.state.replaceChildren("Alerts unknown");
      this.alerts.replaceChildren(failure("Alerts cannot be read", error));
    }
  }

  /** @param {AbortSignal} signal */
  async readNotifications(signal) {
    try {
      const list = /** @type {Notification[]} */ (await ownJson("/api/notifications", signal));
      const cards = list.slice(0, 50).map(notificationCard);
      replaceQuietly(this.notifications, cards.length ? cards : [element("p", { class: "hint" }, "None yet. Notifications that Alertmanager sends here appear newest first.")]);
    } catch (error) {
      this.notifications.replaceChildren(failure("Notifications cannot be read", error));
    }
  }

  /** @param {Alert[]} alerts */
  showAlerts(alerts) {
    const firing = alerts.filter((alert) => alert.state === "firing" && RANK.includes(alert.labels["severity"] ?? ""));
    const worst = firing.some((alert) => alert.labels["severity"] === "critical") ? "critical" : "warning";
    this.state.replaceChildren(firing.length ? `${firing.length} firing` : "All quiet");
    this.button.dataset["worst"] = firing.length ? worst : "good";
    this.button.setAttribute("aria-label", `${firing.length || "No"} alerts firing. Show alerts and notifications.`);
    const cards = alerts.map(alertCard);
    replaceQuietly(this.alerts, cards.length ? cards : [element("p", { class: "calm" }, mark("good"), "No alert is pending or firing.")]);
  }
}

/** Leaves the list alone while the reader selects text or stands on a link in it. @param {HTMLElement} box @param {HTMLElement[]} children */
function replaceQuietly(box, children) {
  const isHeld = box.contains(document.activeElement) || (getSelection()?.toString() && box.contains(getSelection()?.anchorNode ?? null));
  if (!isHeld) box.replaceChildren(...children);
}

/** @param {string} title @param {unknown} error */
function failure(title, error) {
  return element("p", { class: "query-error" }, `${title}: ${error instanceof Error ? error.message : error}`);
}

/** @param {Alert} alert */
function rank({ state, labels }) {
  const place = RANK.indexOf(labels["severity"] ?? "");
  return (state === "firing" ? 0 : 10) + (place < 0 ? 5 : place);
}

/** @param {Alert} alert */
function alertCard({ labels, annotations, state, activeAt }) {
  const { alertname = "", severity, service } = labels;
  const since = activeAt ? Date.parse(activeAt) : NaN;
  return card({
    marks: [severityMark(severity), element("span", { class: "tag" }, state)],
    title: alertname,
    text: annotations["summary"] ?? "",
    more: [service ?? labels["job"] ?? "", Number.isNaN(since) ? "" : `since ${timeText(since)}`],
    dashboard: annotations["dashboard_url"],
    runbook: annotations["runbook_url"],
  });
}

/** @param {Notification} notification */
function notificationCard({ alertname, severity, status, summary, description, service, receiver, received_at: received, dashboard_url, runbook_url }) {
  const time = typeof received === "number" ? received * 1000 : Date.parse(received ?? "");
  return card({
    marks: [status === "resolved" ? mark("good") : severityMark(severity), element("span", { class: "tag" }, status ?? "")],
    title: alertname ?? "",
    text: summary || description || "",
    more: [service ?? "", receiver ? `to ${receiver}` : "", Number.isNaN(time) ? "" : `${timeText(time)} (${agoText(time, Date.now())})`],
    dashboard: dashboard_url,
    runbook: runbook_url,
  });
}

/** @param {{marks: HTMLElement[], title: string, text: string, more: string[], dashboard: string | undefined, runbook: string | undefined}} content */
function card({ marks, title, text, more, dashboard, runbook }) {
  return element(
    "article",
    { class: "card" },
    element("div", { class: "card-head" }, element("b", {}, title), ...marks),
    text ? element("p", {}, text) : "",
    element("div", { class: "card-foot" }, element("span", {}, more.filter(Boolean).join(" · "))),
    dashboard || runbook ? element("div", { class: "card-links" }, dashboard ? anchor(dashboard, {}, "Dashboard") : "", runbook ? anchor(runbook, {}, "Runbook") : "") : "",
  );
}

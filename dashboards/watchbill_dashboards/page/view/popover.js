// Floating boxes: closed by Escape or a click elsewhere, placed beside what opened them.
/** @import {Child} from "./element.js" */
import { element } from "./element.js";

let count = 0;

/**
 * Makes a button open a box whose content is built each time it opens.
 * @param {HTMLButtonElement} button @param {(close: () => void) => Child[]} content @param {{label: string, class?: string}} options
 */
export function attachPopover(button, content, { label, class: extra = "" }) {
  count += 1;
  const box = element("div", { popover: "auto", class: `popover ${extra}`, id: `popover-${count}`, role: "dialog", "aria-label": label });
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    if (!box.isConnected) button.after(box);
    box.togglePopover();
  });
  box.addEventListener("beforetoggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") box.replaceChildren(...content(() => box.hidePopover()).filter((child) => child !== null && child !== undefined && child !== false));
  });
  box.addEventListener("toggle", (event) => {
    const isOpen = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    placeBeside(box, button.getBoundingClientRect());
    /** @type {HTMLElement | null} */ (box.querySelector("[autofocus], input, button, select, a"))?.focus();
  });
  return box;
}

/** @param {HTMLElement} box @param {DOMRect} rect */
function placeBeside(box, rect) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = Math.max(8, Math.min(rect.left, innerWidth - width - 8));
  const below = rect.bottom + 6;
  const top = below + height > innerHeight - 8 && rect.top > height + 14 ? rect.top - height - 6 : below;
  box.style.left = `${left}px`;
  box.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}

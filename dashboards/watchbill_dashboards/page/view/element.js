// Building the document: every text becomes a text node, never HTML, because label values are hostile input.
/** @import {Block, Span} from "../data/markdown.js" */
import { safeAddress } from "../data/link.js";
import { markdownBlocks } from "../data/markdown.js";

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */

/**
 * An element with attributes (`onclick` and the like are listeners; false, null and undefined leave one out) and children.
 * @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {Attributes} [attributes] @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  assign(made, attributes);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** @param {string} tag @param {Attributes} attributes @param {...Node} children */
export function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(made, attributes);
  made.append(...children);
  return made;
}

/** @param {Element} made @param {Attributes} attributes */
function assign(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A link that opens safely; only its text where the address is not one to open.
 * @param {string | undefined} address @param {Attributes} attributes @param {...Child} children
 */
export function anchor(address, attributes, ...children) {
  const safe = safeAddress(address);
  if (!safe) return element("span", {}, ...children);
  const leaves = new URL(safe, location.href).origin !== location.origin;
  return element("a", { href: safe, ...(leaves ? { target: "_blank", rel: "noopener noreferrer" } : {}), ...attributes }, ...children);
}

/** @param {string} text @returns {HTMLElement} */
export function prose(text) {
  return element("div", { class: "prose" }, ...markdownBlocks(text).map(block));
}

/** @param {Block} parsed */
function block({ kind, level, spans }) {
  if (kind === "code") return element("pre", {}, ...spans.map(span));
  if (kind === "item") return element("li", {}, ...spans.map(span));
  if (kind === "heading") return element(level > 2 ? "h4" : "h3", {}, ...spans.map(span));
  return element("p", {}, ...spans.map(span));
}

/** @param {Span} parsed */
function span(parsed) {
  if (parsed.kind === "link") return anchor(parsed.address, {}, parsed.text);
  if (parsed.kind === "text") return parsed.text;
  return element(parsed.kind === "strong" ? "strong" : parsed.kind === "code" ? "code" : "em", {}, parsed.text);
}

// A small part of Markdown as a tree of plain texts: whatever it holds, it never becomes HTML.

/** @typedef {{kind: "text" | "strong" | "emphasis" | "code", text: string} | {kind: "link", text: string, address: string}} Span */
/** @typedef {{kind: "heading" | "paragraph" | "item" | "code", level: number, spans: Span[]}} Block */

const SPAN = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** @param {string} text @returns {Block[]} */
export function markdownBlocks(text) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  let lines = [];
  const close = () => {
    if (lines.length) blocks.push({ kind: "paragraph", level: 0, spans: spansOf(lines.join(" ")) });
    lines = [];
  };
  let fenced = false;
  for (const line of text.split("\n")) {
    const heading = /^(#{1,4})\s+(.*)$/.exec(line);
    const item = /^\s*[-*]\s+(.*)$/.exec(line);
    if (line.startsWith("```")) {
      close();
      fenced = !fenced;
    } else if (fenced) blocks.push({ kind: "code", level: 0, spans: [{ kind: "text", text: line }] });
    else if (heading || item || !line.trim()) {
      close();
      if (heading) blocks.push({ kind: "heading", level: (heading[1] ?? "#").length, spans: spansOf(heading[2] ?? "") });
      if (item) blocks.push({ kind: "item", level: 0, spans: spansOf(item[1] ?? "") });
    } else lines.push(line.trim());
  }
  close();
  return blocks;
}

/** @param {string} text @returns {Span[]} */
function spansOf(text) {
  /** @type {Span[]} */
  const spans = [];
  let end = 0;
  for (const match of text.matchAll(SPAN)) {
    if (match.index > end) spans.push({ kind: "text", text: text.slice(end, match.index) });
    const [, code, strong, emphasis, label, address] = match;
    if (label !== undefined) spans.push({ kind: "link", text: label, address: address ?? "" });
    else if (code !== undefined) spans.push({ kind: "code", text: code });
    else if (strong !== undefined) spans.push({ kind: "strong", text: strong });
    else spans.push({ kind: "emphasis", text: emphasis ?? "" });
    end = match.index + match[0].length;
  }
  if (end < text.length) spans.push({ kind: "text", text: text.slice(end) });
  return spans;
}

// Addresses out of dashboards and alerts: only those that a browser may safely open.

/** The address when it is relative or http(s) or mailto; null otherwise. @param {string | undefined} address */
export function safeAddress(address) {
  if (!address) return null;
  try {
    const { protocol } = new URL(address, "http://127.0.0.1/");
    return ["http:", "https:", "mailto:"].includes(protocol) ? address : null;
  } catch {
    return null;
  }
}

/** A cell's link: `${__data.fields["Route"]}`, `${__field.labels.route}` and `${__value.raw}` filled in, encoded.
 * @param {string} address @param {{row: Record<string, unknown>, labels: Record<string, string>, value: unknown}} cell
 */
export function filledAddress(address, { row, labels, value }) {
  return address
    .replace(/\$\{__data\.fields(?:\["([^"]*)"\]|\.([^}:]+))(?::[^}]*)?\}/g, (_, quoted, plain) => encodeURIComponent(String(row[quoted ?? plain] ?? "")))
    .replace(/\$\{__field\.labels\.([^}:]+)(?::[^}]*)?\}/g, (_, label) => encodeURIComponent(labels[label] ?? ""))
    .replace(/\$\{__value\.(?:raw|text|numeric)\}/g, () => encodeURIComponent(String(value ?? "")));
}

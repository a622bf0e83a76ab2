// The legend of what we draw ourselves on canvas.
import { el } from "../dom";

export function legendOf(entries: { name: string; color: string; note?: string }[]): HTMLElement {
  return el(
    "ul",
    { class: "legend" },
    ...entries.map(({ name, color, note }) => el("li", {}, el("i", { style: `background:${color}` }), name, note ? el("span", {}, ` ${note}`) : null)),
  );
}

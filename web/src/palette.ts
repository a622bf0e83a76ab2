// Colours. One name has one colour on the whole page (a programme, a site, a resource, a supplier), meanings have their
// own (good, warn, bad, loss), and both have a light and a dark form. Charts get a Palette; the style sheet reads the same
// values as custom properties.

export interface Palette {
  page: string;
  surface: string;
  sunken: string;
  line: string;
  grid: string;
  ink: string;
  quiet: string;
  faint: string;
  accent: string;
  accentSoft: string;
  good: string;
  warn: string;
  bad: string;
  loss: string;
  fact: string;
  claim: string;
  assumption: string;
  heat: string[]; // from none to full
  series: string[];
}

export const kLight: Palette = {
  page: "#f4f5f7",
  surface: "#ffffff",
  sunken: "#f7f8fa",
  line: "#dfe2e8",
  grid: "#eceef2",
  ink: "#1b2330",
  quiet: "#566072",
  faint: "#8791a1",
  accent: "#1f5fae",
  accentSoft: "#e6eef8",
  good: "#2b8a57",
  warn: "#b97a09",
  bad: "#c23b3b",
  loss: "#b3a9a2",
  fact: "#2b8a57",
  claim: "#b97a09",
  assumption: "#7a5bbf",
  heat: ["#f3f5f8", "#d3e3f2", "#98c1e3", "#f2cf7a", "#e58a45", "#b8322f"],
  series: ["#3a6fc4", "#e0912f", "#2f9c8a", "#c4547c", "#7f6bc9", "#7d9b3a", "#4aa3d4", "#b06a43", "#8f96a3", "#c9a227", "#5b7f95", "#d0766a"],
};

export const kDark: Palette = {
  page: "#11151b",
  surface: "#181d25",
  sunken: "#1d232d",
  line: "#2c3440",
  grid: "#262d38",
  ink: "#e6eaf1",
  quiet: "#a5afbf",
  faint: "#76808f",
  accent: "#7db1f0",
  accentSoft: "#20304a",
  good: "#5cc08a",
  warn: "#e0ab4a",
  bad: "#ee7b74",
  loss: "#6f6a68",
  fact: "#5cc08a",
  claim: "#e0ab4a",
  assumption: "#b39df0",
  heat: ["#1f2630", "#244361", "#3b7db3", "#c9a13f", "#d97a38", "#e2524b"],
  series: ["#6c9cf0", "#f0ab55", "#4fc3b0", "#e57fa5", "#a896ee", "#a7c463", "#73c3ec", "#cf8f6a", "#a9b0bc", "#e3c250", "#86adc4", "#ea9b90"],
};

// Hands out the series colours by name. Names are claimed in groups, one group for what stands together in a chart
// (programmes, suppliers, stages): within a group no two names share a colour while there are enough, and a name that
// another group has already brought keeps its colour. Claimed once at the start, so that the order of drawing is no matter.
export class ColorBook {
  private readonly places = new Map<string, number>();

  claim(names: string[]): void {
    const taken = new Set(names.map((name) => this.places.get(name)).filter((place) => place !== undefined));
    let next = 0;
    for (const name of names) {
      if (this.places.has(name)) continue;
      while (taken.has(next)) ++next;
      this.places.set(name, next);
      taken.add(next);
    }
  }

  color(name: string, palette: Palette): string {
    const place = this.places.get(name);
    return place === undefined ? palette.faint : seriesColor(place, palette);
  }
}

// The colour at a place of the series; after the last one they come again, paler each time.
export function seriesColor(place: number, palette: Palette): string {
  const color = palette.series[place % palette.series.length]!;
  const round = Math.floor(place / palette.series.length);
  return round === 0 ? color : scaleColor([color, palette.surface], Math.min(0.7, 0.35 * round));
}

// "#rrggbb" with an opacity of 0 to 1, as rgba().
export function withAlpha(color: string, alpha: number): string {
  const n = Number.parseInt(color.slice(1), 16);
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${alpha})`;
}

// The colour of a share of 0 to 1 on a scale of equally distant colours.
export function scaleColor(scale: string[], share: number): string {
  const at = Math.max(0, Math.min(1, share)) * (scale.length - 1);
  const low = Math.min(scale.length - 2, Math.floor(at));
  const parts = [scale[low]!, scale[low + 1]!].map((c) => Number.parseInt(c.slice(1), 16));
  const mix = (shift: number) => {
    const a = (parts[0]! >> shift) & 255;
    const b = (parts[1]! >> shift) & 255;
    return Math.round(a + (b - a) * (at - low));
  };
  return `#${[16, 8, 0].map((shift) => mix(shift).toString(16).padStart(2, "0")).join("")}`;
}

// The custom properties of the style sheet.
export function cssVariables(palette: Palette): [string, string][] {
  const names: (keyof Palette)[] = ["page", "surface", "sunken", "line", "grid", "ink", "quiet", "faint", "accent", "accentSoft", "good", "warn", "bad", "loss", "fact", "claim", "assumption"];
  return names.map((name) => [`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, palette[name] as string]);
}

/** The views of the page: one tab each, with the keyboard as the ARIA practices have it. */

/** The part of the address that opens a view: "#under-the-hood". Without any it is the first. */
const HASHES: Record<string, string> = {
  "tab-generate": "#generate",
  "tab-interpolate": "#interpolate",
  "tab-edit": "#edit",
  "tab-train": "#train",
  "tab-compare": "#compare",
  "tab-hood": "#under-the-hood",
};

/** A list of tabs in the header; each names its panel with `aria-controls`. */
export class Tabs {
  private readonly tabs: HTMLElement[];
  private readonly onShow: (tab: string) => void;

  /** Connects the tabs, and shows the view that the address asks for. `onShow` hears the id of each tab chosen. */
  constructor(list: HTMLElement, onShow: (tab: string) => void) {
    this.tabs = [...list.querySelectorAll<HTMLElement>("[role='tab']")];
    this.onShow = onShow;
    for (const tab of this.tabs) tab.addEventListener("click", () => this.show(tab.id));
    list.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  /** The id of the tab whose view is shown. */
  get shown(): string {
    return this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true")?.id ?? "";
  }

  /** Shows a tab's view. Back leads to the one before. */
  show(id: string): void {
    if (id === this.shown) return;
    history.pushState(history.state, "", HASHES[id]);
    this.select(id);
  }

  /** Shows the view that the address asks for. */
  follow(): void {
    const asked = this.tabs.find((tab) => HASHES[tab.id] === location.hash);
    const id = asked?.id ?? (location.hash === "" ? this.tabs[0]?.id : undefined);
    if (id !== undefined && id !== this.shown) this.select(id);
  }

  private select(id: string): void {
    for (const tab of this.tabs) {
      const chosen = tab.id === id;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      // On a phone the tabs may scroll.
      if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !chosen;
    }
    this.onShow(id);
  }

  private press(event: KeyboardEvent): void {
    const at = this.tabs.findIndex((tab) => tab.id === this.shown);
    const last = this.tabs.length - 1;
    const moves: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const next = this.tabs[moves[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    this.show(next.id);
    next.focus();
  }
}
